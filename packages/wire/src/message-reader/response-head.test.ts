/** How responses are read: their first lines, interim ones, and where bodies end. */
import { describe, expect, test } from 'vitest';
import { head } from '../../test-kit/messages.ts';
import { readResponses } from '../../test-kit/reading.ts';
import { checkLimits } from './limits.ts';
import { readResponseHead } from './response-head.ts';

const read = (text: string, answering = 'GET') =>
  readResponses(Buffer.from(text, 'latin1'), { answering });

describe('the first line', () => {
  test.each([
    ['HTTP/1.1 200 OK', '1.1', 200],
    ['HTTP/1.0 404 Not Found', '1.0', 404],
    ['HTTP/1.1 200 ', '1.1', 200],
    ['HTTP/1.1 200', '1.1', 200],
    ['HTTP/1.1 299 \t\xe9 "odd" ', '1.1', 299],
    ['HTTP/1.1 100 Continue', '1.1', 100],
    ['HTTP/1.1 599 Last', '1.1', 599],
  ] as const)('%j', (line, version, status) => {
    const limits = checkLimits({}, Infinity);
    expect(readResponseHead(`${line}\r\n`, limits)).toMatchObject({ version, status });
  });
});

describe('a body', () => {
  test('has the length that the head says, and what follows is none of it', () => {
    const { messages, ends } = read(`${head('HTTP/1.1 200 OK', 'Content-Length: 2')}okHTTP/1.1`);
    expect(messages.map(({ body }) => body)).toEqual(['ok']);
    expect(ends).toEqual([40]);
  });

  test('is chunked, with trailers', () => {
    const text = `${head('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked')}2;x\r\nok\r\n0\r\na: b\r\n\r\n`;
    expect(read(text).messages).toMatchObject([{ body: 'ok', trailers: ['a', 'b'] }]);
  });

  test('lasts until the end of the connection if nothing else is said', () => {
    const { messages, isCutShort } = read(`${head('HTTP/1.1 200 OK')}as long\r\n\r\nas it lasts`);
    expect(messages.map(({ body }) => body)).toEqual(['as long\r\n\r\nas it lasts']);
    expect(isCutShort).toBe(false);
  });

  test('of nothing may last until the end of the connection', () => {
    expect(read(head('HTTP/1.0 200 OK')).messages).toMatchObject([{ body: '' }]);
  });

  test('that is cut short is no whole message', () => {
    const { messages, unfinished, isCutShort } = read(
      `${head('HTTP/1.1 200 OK', 'Content-Length: 9')}half`,
    );
    expect({ messages, isCutShort }).toEqual({ messages: [], isCutShort: true });
    expect(unfinished).toMatchObject({ line: [200], body: 'half' });
  });

  test.each([
    ['HEAD', 200],
    ['GET', 204],
    ['GET', 304],
    ['GET', 101],
  ])('is not there if %s is answered by %d, whatever the head says', (method, status) => {
    for (const framing of ['Content-Length: 5', 'Transfer-Encoding: chunked', 'X: y']) {
      const text = head(`HTTP/1.1 ${status} Some`, framing);
      const { messages, ends, isCutShort } = read(`${text}hello`, method);
      expect({ body: messages[0]?.body, end: ends[0], isCutShort }).toEqual({
        body: '',
        end: text.length,
        isCutShort: false,
      });
    }
  });
});

test('interim responses go before the one that counts', () => {
  const text = [
    head('HTTP/1.1 100 Continue'),
    head('HTTP/1.1 103 Early Hints', 'Link: </a>', 'Content-Length: 5'),
    head('HTTP/1.1 200 OK', 'Content-Length: 0'),
    head('HTTP/1.1 500 Never', 'Content-Length: 0'),
  ].join('');
  expect(read(text).messages.map(({ line }) => line[0])).toEqual([100, 103, 200]);
});
