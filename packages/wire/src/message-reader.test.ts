/** probe */
import { expect, test } from 'vitest';
import { everyByte, readRequests } from '../test-kit/reading.ts';
const show = (text: string, o = {}) => {
  const b = Buffer.from(text, 'latin1');
  const r = readRequests(b, o);
  return [r.refused ?? 'ok', r.messages.length, r.isCutShort];
};
test('probe', () => {
  console.log('empty host first', show('GET / HTTP/1.1\r\nHost: \r\n\r\n'));
  show('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  console.log('empty host later', show('GET / HTTP/1.1\r\nHost: \r\n\r\n'));
  const base = 'GET / HTTP/1.1\r\nHost: a\r\nX: ';
  const t = base + 'a'.repeat(64 - base.length - 2) + '\r\n\r\n';
  for (const cuts of [[], [t.length - 1], [t.length - 2], everyByte(Buffer.from(t))])
    console.log('limit', show(t, { cuts, limits: { maxHeadBytes: 64 } }));
  console.log('GE', show('GE'), show('G'), show('GET'), show('\r\n'), show('\r\nG'));
  const v = 'GET / HTTP/3.0\r\nHost: a\n\r\n\r\n';
  console.log(show(v), show(v, { cuts: everyByte(Buffer.from(v)) }));
  console.log(
    'nbsp',
    readRequests(
      Buffer.from('GET / HTTP/1.1\r\nHost: a\r\nConnection: x, close\xa0\r\n\r\n', 'latin1'),
    ).isClosed,
  );
  console.log(
    show('GET / HTTP/1.1\r\nHost: [:::]:99999\r\n\r\n'),
    show('GET / HTTP/1.1\r\nHost: a,b\r\n\r\n'),
  );
  console.log(
    show(
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nTransfer-Encoding: gzip\r\n\r\n',
    ),
  );
  expect(1).toBe(1);
});
