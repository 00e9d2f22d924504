/** The head of a request is written from its parts; what would break it, or smuggle in another, is refused before anything is sent. */
import { describe, expect, test } from 'vitest';
import { startPool } from '../../test-kit/running-pool.ts';
import { always, ok, startOrigin } from '../../test-kit/scripted-origin.ts';
import { type ClientRequest, requestText } from './client-request.ts';
import { BODILESS, CHUNKED, COUNTED } from '../message-writer/message-writer.ts';

const text = (request: Partial<ClientRequest>) =>
  requestText({ method: 'GET', target: '/', headers: [], ...request }, 'origin:81');
async function* nothing(): AsyncGenerator<Uint8Array> {}

describe('the head', () => {
  test('has the host of the origin', () => {
    expect(text({ target: '/a?b=c' })).toEqual({
      text: 'GET /a?b=c HTTP/1.1\r\nHost: origin:81\r\n\r\n',
      framing: BODILESS,
      length: 0,
      closes: false,
    });
  });

  test('has the host that it is given, where it is given', () => {
    expect(text({ headers: ['X-A', '1', 'hOST', 'other', 'X-B', '2'] }).text).toBe(
      'GET / HTTP/1.1\r\nX-A: 1\r\nhOST: other\r\nX-B: 2\r\n\r\n',
    );
  });

  test('has names and values as they are given, also several of a name', () => {
    const headers = ['x-A', ' 1', 'Cookie', 'a=b', 'Cookie', 'c=\u00e9'];
    expect(text({ method: 'M-SEARCH', target: '*', headers }).text).toBe(
      'M-SEARCH * HTTP/1.1\r\nHost: origin:81\r\nx-A:  1\r\nCookie: a=b\r\nCookie: c=\u00e9\r\n\r\n',
    );
  });

  test.each([
    ['Transfer-Encoding', 'chunked'],
    ['transfer-encoding', 'gzip, chunked'],
    ['Content-Length', '5'],
    ['Connection', 'keep-alive'],
    ['Connection', 'X-Secret'],
    ['Keep-Alive', 'timeout=5'],
    ['Proxy-Connection', 'keep-alive'],
    ['TE', 'trailers'],
    ['Trailer', 'X-Sum'],
    ['Upgrade', 'websocket'],
    ['HTTP2-Settings', 'AAMAAABk'],
  ])('has no %s of the caller', (name, value) => {
    expect(text({ headers: [name, value] }).text).toBe('GET / HTTP/1.1\r\nHost: origin:81\r\n\r\n');
  });

  test.each(['close', 'Close', 'keep-alive, close'])('says Connection: close for %j', (value) => {
    expect(text({ headers: ['Connection', value] })).toMatchObject({
      text: 'GET / HTTP/1.1\r\nHost: origin:81\r\nConnection: close\r\n\r\n',
      closes: true,
    });
  });

  test('asks for another protocol', () => {
    const headers = ['Connection', 'close', 'Upgrade', 'h2c', 'Sec-WebSocket-Version', '13'];
    expect(text({ headers, upgrade: 'websocket' })).toMatchObject({
      text: 'GET / HTTP/1.1\r\nHost: origin:81\r\nSec-WebSocket-Version: 13\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
      closes: false,
    });
  });
});

describe('the framing', () => {
  const ends = (request: Partial<ClientRequest>) => {
    const { text: head, framing, length } = text(request);
    return [head.slice(head.indexOf('81\r\n') + 4), framing, length];
  };

  test.each(['POST', 'PUT', 'PATCH'])('of a %s without a body says so', (method) => {
    expect(ends({ method })).toEqual(['Content-Length: 0\r\n\r\n', BODILESS, 0]);
  });

  test('of a DELETE that says so says so', () => {
    expect(ends({ method: 'DELETE', headers: ['Content-Length', '0'] })).toEqual([
      'Content-Length: 0\r\n\r\n',
      BODILESS,
      0,
    ]);
    expect(ends({ method: 'DELETE' })).toEqual(['\r\n', BODILESS, 0]);
  });

  test.each([
    ['a text', 'hello', 5],
    ['a text that is longer in bytes', 'h\u00e9llo', 6],
    ['an empty text', '', 0],
    ['bytes', Buffer.from('hello'), 5],
  ])('of %s is its length, whatever the headers say', (_, body, length) => {
    expect(ends({ method: 'POST', headers: ['content-length', '99'], body })).toEqual([
      `Content-Length: ${length}\r\n\r\n`,
      COUNTED,
      length,
    ]);
  });

  test('of an iterable is what the headers say, or chunks', () => {
    expect(ends({ headers: ['content-length', '99'], body: nothing() })).toEqual([
      'Content-Length: 99\r\n\r\n',
      COUNTED,
      99,
    ]);
    expect(ends({ headers: ['transfer-encoding', 'identity'], body: nothing() })).toEqual([
      'Transfer-Encoding: chunked\r\n\r\n',
      CHUNKED,
      -1,
    ]);
  });
});

describe('refused', () => {
  const refused: readonly (readonly [Partial<ClientRequest>, string])[] = [
    [{ method: '' }, 'Expected the method to be a token, and not CONNECT, got "".'],
    [{ method: 'GET /x HTTP/1.1\r\nX: ' }, 'Expected the method to be a token'],
    [{ method: 'G T' }, 'Expected the method to be a token'],
    [{ method: 'CONNECT' }, 'Expected the method to be a token, and not CONNECT'],
    [{ method: 7 as never }, 'Expected the method to be a token'],
    [{ target: '' }, 'Expected the target to be a path, or `*`, got "".'],
    [{ target: '/a b' }, 'Expected the target to be a path'],
    [{ target: '/a\r\nX: y' }, 'Expected the target to be a path'],
    [{ target: '/a#b' }, 'Expected the target to be a path'],
    [{ target: '/\u00e9' }, 'Expected the target to be a path'],
    [{ target: 'a' }, 'Expected the target to be a path'],
    [{ target: 'http://origin/' }, 'Expected the target to be a path'],
    [{ target: '**' }, 'Expected the target to be a path'],
    [{ target: undefined as never }, 'Expected the target to be a path'],
    [{ headers: ['X Y', '1'] }, 'Expected the name to be a token, got "X Y".'],
    [{ headers: ['', '1'] }, 'Expected the name to be a token'],
    [{ headers: ['X:', '1'] }, 'Expected the name to be a token'],
    [
      { headers: ['X', 'a\r\nY: b'] },
      'Expected the value of X to be a text without control characters',
    ],
    [{ headers: ['X', 'a\nb'] }, 'Expected the value of X'],
    [{ headers: ['X', 'a\0b'] }, 'Expected the value of X'],
    [{ headers: ['X', '\u20ac'] }, 'Expected the value of X'],
    [{ headers: ['X'] }, 'Expected the value of X'],
    [{ headers: ['X', 1 as never] }, 'Expected the value of X'],
    [{ headers: ['Connection', 'close\r\nX: y'] }, 'Expected the value of Connection'],
    [{ headers: ['Content-Length', '1, 1'] }, 'Expected the value of Content-Length'],
    [{ headers: ['Content-Length', '-1'] }, 'Expected the value of Content-Length'],
    [{ headers: ['Host', 'a', 'host', 'b'] }, 'Expected the host to be one host, got "a, b".'],
    [{ upgrade: '' }, 'Expected the upgrade to be'],
    [{ upgrade: 'a\r\nX: y' }, 'Expected the upgrade to be'],
  ];
  test.each(refused)('%j', async (request, message) => {
    const origin = await startOrigin(always(ok()));
    const { send, pool } = startPool(origin);
    expect(() => send(request)).toThrow(message);
    const full = { method: 'GET', target: '/', headers: [], ...request };
    await expect(pool.request(full)).rejects.toMatchObject({ code: 'INVALID_HEADER' });
    expect(pool.stats()).toMatchObject({ connections: 0, requests: 0 });
  });
});
