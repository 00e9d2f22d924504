/** The reader takes messages in their plainest form only. */
import { describe, expect, test } from 'vitest';
import { readMessage, REQUEST } from './message-reader.ts';

const START = 'POST /x HTTP/1.1\r\nHost: a\r\n';
const read = (text: string) => readMessage(text, REQUEST);

test('reads one request and says where it ends', () => {
  const text = `${START}content-length: 5\r\n\r\nhello`;
  expect(read(`${text}GET`)).toEqual({
    kind: 'whole',
    message: {
      start: 'POST /x HTTP/1.1',
      fields: [
        ['Host', 'a'],
        ['content-length', '5'],
      ],
      body: 'hello',
    },
    length: text.length,
  });
});

test('reads chunks', () => {
  const reading = read(
    `${START}Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\nx`,
  );
  expect(reading).toMatchObject({ kind: 'whole', message: { body: 'hello' } });
});

test('waits for the rest', () => {
  for (const whole of [
    `${START}Content-Length: 5\r\n\r\nhello`,
    `${START}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
  ])
    for (let end = 1; end < whole.length; end++)
      expect(read(whole.slice(0, end)).kind, whole.slice(0, end)).toBe('part');
});

describe('takes for a fault', () => {
  test.each([
    ['another version', 'GET /x HTTP/1.0\r\nHost: a\r\n\r\n'],
    ['two blanks', 'GET  /x HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['an absolute target', 'GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['a fragment', 'GET /# HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['an empty line first', `\r\n${START}\r\n`],
    ['a bare LF', `${START}a: b\nc: d\r\n\r\n`],
    ['a bare CR', `${START}a: b\rc\r\n\r\n`],
    ['a fold', `${START}a: b\r\n c\r\n\r\n`],
    ['a blank before the colon', `${START}a : b\r\n\r\n`],
    ['a NUL', `${START}a: \0\r\n\r\n`],
    ['no Host', 'GET /x HTTP/1.1\r\na: b\r\n\r\n'],
    ['two Hosts', `${START}host: a\r\n\r\n`],
    ['two lengths', `${START}Content-Length: 0\r\nContent-Length: 0\r\n\r\n`],
    ['a length and chunks', `${START}Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n`],
    ['a length with a sign', `${START}Content-Length: +0\r\n\r\n`],
    ['a length with a zero', `${START}Content-Length: 00\r\n\r\n`],
    ['another coding', `${START}Transfer-Encoding: gzip\r\n\r\n`],
    ['an extension', `${START}Transfer-Encoding: chunked\r\n\r\n0;a\r\n\r\n`],
    ['a trailer', `${START}Transfer-Encoding: chunked\r\n\r\n0\r\na: b\r\n\r\n`],
    ['a chunk too long', `${START}Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n`],
  ])('%s', (_, text) => {
    expect(read(text).kind).toBe('fault');
  });
});
