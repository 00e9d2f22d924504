/** answerReader: counts answers however they are cut. */
import { describe, expect, test } from 'vitest';
import { answerReader } from './answer-reader.ts';

const answer = (body: string): string =>
  `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

describe('answerReader', () => {
  test('finds the end of each answer, whichever way it is cut in two', () => {
    const bytes = Buffer.from(answer('hello\r\n\r\n') + answer('') + answer('x'.repeat(300)));
    for (let cut = 0; cut <= bytes.length; cut++) {
      const read = answerReader();
      expect(read(bytes.subarray(0, cut)) + read(bytes.subarray(cut))).toBe(3);
    }
  });

  test('finds them byte by byte', () => {
    const bytes = Buffer.from(answer('hello') + answer('world'));
    const read = answerReader();
    const ends = [...bytes.keys()].filter((at) => read(bytes.subarray(at, at + 1)) === 1);
    expect(ends).toEqual([bytes.length / 2 - 1, bytes.length - 1]);
  });

  test.each([
    ['HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n'],
    ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
  ])('refuses %j', (text) => {
    expect(() => answerReader()(Buffer.from(text))).toThrow('Expected a 200 with a length');
  });
});
