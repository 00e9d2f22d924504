/** Tests of what does not travel on. */
import { HeaderList } from '../context/headers.ts';
import { describe, expect, test } from 'vitest';
import { dropClaims, dropHopHeaders } from './hop-headers.ts';

describe('headers of one connection', () => {
  test('are taken out, with those that Connection names', () => {
    const headers = HeaderList.fromRaw([
      'Connection',
      'close, X-Private',
      'connection',
      'X-Other',
      'Keep-Alive',
      'timeout=5',
      'Proxy-Authenticate',
      'Basic',
      'Proxy-Authorization',
      'Basic x',
      'Proxy-Connection',
      'keep-alive',
      'TE',
      'trailers',
      'Trailer',
      'X-T',
      'Transfer-Encoding',
      'chunked',
      'Upgrade',
      'h2c',
      'HTTP2-Settings',
      'x',
      'X-Private',
      '1',
      'x-other',
      '2',
      'X-Kept',
      '3',
    ]);
    dropHopHeaders(headers);
    expect(headers.toRaw()).toEqual(['X-Kept', '3']);
  });

  test('do not include what a client must not be able to take away', () => {
    const raw = [
      'Host',
      'a',
      'Authorization',
      'b',
      'Cookie',
      'c',
      'Content-Length',
      '1',
      'X-Forwarded-For',
      'd',
      'X-Request-ID',
      'e',
      'X-Consumer-Name',
      'f',
    ];
    const named = raw.filter((_, index) => index % 2 === 0).join(', ');
    const headers = HeaderList.fromRaw(['Connection', named, ...raw]);
    dropHopHeaders(headers);
    expect(headers.toRaw()).toEqual(raw);
  });
});

test('what only a gateway may say is taken out, also with underscores', () => {
  const headers = HeaderList.fromRaw([
    'Forwarded',
    'for=x',
    'X-Forwarded-For',
    'x',
    'x-forwarded-proto',
    'x',
    'X-Forwarded-Prefix',
    'x',
    'X-Real-IP',
    'x',
    'X-Consumer-Name',
    'x',
    'X_Forwarded_For',
    'x',
    'x_consumer_groups',
    'x',
    'X-Forwarder',
    'kept',
    'X-Under_Score',
    'kept',
  ]);
  dropClaims(headers);
  expect(headers.toRaw()).toEqual(['X-Forwarder', 'kept', 'X-Under_Score', 'kept']);
});
