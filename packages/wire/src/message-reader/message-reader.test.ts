/** The states of a reader between and in messages, and what it keeps of the bytes that it is handed. */
import { describe, expect, test } from 'vitest';
import { chunked, get, head, line } from '../../test-kit/messages.ts';
import { readRequests, readResponses } from '../../test-kit/reading.ts';
import { RefusedMessageError } from '../errors.ts';
import { checkLimits, type LimitOptions } from './limits.ts';
import { CHUNKED, type Framing, MessageReader, UNTIL_CLOSE } from './message-reader.ts';

/** A reader whose heads all say the same of the body, and a journal of what it told. */
function readerOf(
  framing: Framing,
  limits: LimitOptions = {},
  kind: 'request' | 'response' = 'request',
) {
  const journal: string[] = [];
  const reader = new MessageReader(kind, checkLimits(limits, Infinity), {
    head: () => {
      journal.push('head');
      return framing;
    },
    chunk: (bytes, last) => void journal.push(`${last ? 'last ' : ''}${bytes.toString('latin1')}`),
    end: (trailers) => void journal.push(['end', ...trailers].join(' ')),
  });
  const feed = (text: string): number => reader.read(Buffer.from(text, 'latin1'), 0);
  return { reader, journal, feed };
}

const states = ({ isIdle, isInHead, isDone }: MessageReader) => ({ isIdle, isInHead, isDone });
const WAITING = { isIdle: true, isInHead: true, isDone: false };
const IN_HEAD = { isIdle: false, isInHead: true, isDone: false };
const IN_BODY = { isIdle: false, isInHead: false, isDone: false };
const DONE = { isIdle: true, isInHead: false, isDone: true };

describe('what a reader says of itself', () => {
  test('goes from waiting through head and body to done, and back when told', () => {
    const { reader, feed } = readerOf(2);
    expect(states(reader)).toEqual(WAITING);
    feed('P');
    expect(states(reader)).toEqual(IN_HEAD);
    feed('OST / HTTP/1.1\r\n\r\n');
    expect(states(reader)).toEqual(IN_BODY);
    feed('a');
    expect(states(reader)).toEqual(IN_BODY);
    feed('b');
    expect(states(reader)).toEqual(DONE);
    reader.next();
    expect(states(reader)).toEqual(WAITING);
  });

  test.each(['\r', '\r\n'])('a line break %j alone begins nothing', (text) => {
    const { reader, feed } = readerOf(0);
    feed(text);
    expect(states(reader)).toEqual(WAITING);
    expect(() => reader.finish()).not.toThrow();
  });

  test.each(['G', 'GE', '\r\nG'])('%j begins a head', (text) => {
    const { reader, feed } = readerOf(0);
    feed(text);
    expect(states(reader)).toEqual(IN_HEAD);
    expect(() => reader.finish()).toThrow(RefusedMessageError);
  });

  test('the last bytes of a counted body find the message over', () => {
    const seen: boolean[] = [];
    const reader: MessageReader = new MessageReader('request', checkLimits({}, Infinity), {
      head: () => 1,
      chunk: () => void seen.push(reader.isDone),
      end: () => void seen.push(reader.isDone),
    });
    reader.read(Buffer.from('P\r\n\r\na'), 0);
    expect(seen).toEqual([true, true]);
  });
});

describe('what a reader takes', () => {
  test('ends behind the message, also behind one without a body', () => {
    const { feed, journal } = readerOf(0);
    expect(feed('G\r\n\r\nG\r\n\r\n')).toBe(5);
    expect(journal).toEqual(['head', 'end']);
  });

  test('a body goes on in the pieces that it came in', () => {
    const { feed, journal, reader } = readerOf(6);
    expect(feed('P\r\n\r\nab')).toBe(7);
    expect(feed('cd')).toBe(2);
    expect(feed('efG')).toBe(2);
    expect(journal).toEqual(['head', 'ab', 'cd', 'last ef', 'end']);
    expect(feed('G')).toBe(0);
    reader.next();
    expect(feed('G')).toBe(1);
  });

  test('the last chunk is told to be it if its end came along', () => {
    const { feed, journal } = readerOf(CHUNKED);
    feed('P\r\n\r\n1\r\na\r\n1\r\nb\r\n0\r\n\r\n');
    expect(journal).toEqual(['head', 'a', 'last b', 'end']);
  });

  test.each([
    ['P\r\n\r\n1\r\na\r\n0\r\n', '\r\n'],
    ['P\r\n\r\n1\r\na', '\r\n0\r\n\r\n'],
    ['P\r\n\r\n1\r\na\r\n0\r\n\r', '\n'],
    ['P\r\n\r\n1\r\na\r\n00\r\n\r\n', ''],
    ['P\r\n\r\n1\r\na\r\n0;x\r\n\r\n', ''],
  ])('the last chunk is not told to be it if that is not known: %j', (first, second) => {
    const { feed, journal } = readerOf(CHUNKED);
    feed(first);
    if (second) feed(second);
    expect(journal).toEqual(['head', 'a', 'end']);
  });

  test('trailers come with the end', () => {
    const { feed, journal } = readerOf(CHUNKED);
    expect(feed('P\r\n\r\n1\r\na\r\n0\r\nx: 1\r\nY:\r\n\r\nG')).toBe(26);
    expect(journal).toEqual(['head', 'a', 'end x 1 Y ']);
  });

  test('a body until the end of the connection ends with it', () => {
    const { feed, journal, reader } = readerOf(UNTIL_CLOSE, {}, 'response');
    feed('H\r\n\r\nab');
    feed('cd');
    expect(states(reader)).toEqual(IN_BODY);
    reader.finish();
    expect(journal).toEqual(['head', 'ab', 'cd', 'end']);
    expect(states(reader)).toEqual(DONE);
  });

  test('a body until the end of the connection may not go on for ever', () => {
    const { feed, journal } = readerOf(UNTIL_CLOSE, { maxBodyBytes: 3 }, 'response');
    feed('H\r\n\r\nab');
    expect(() => feed('cd')).toThrow('The body is too large');
    expect(journal).toEqual(['head', 'ab', 'c']);
  });
});

describe('a refusal', () => {
  test('is for what came first, however the bytes come', () => {
    const wrongs = [line('GET / HTTP/3.0', 'X: a\nb'), line('GET /', 'X\0: y', 'Z: a\rb')];
    for (const text of wrongs) {
      const bytes = Buffer.from(text, 'latin1');
      expect(readRequests(bytes).refused).toMatch(/^BARE_/);
    }
  });

  test('comes as soon as nothing can mend it', () => {
    for (const [text, code] of [
      ['\x16', 'REQUEST_LINE_MALFORMED'],
      ['\n', 'BARE_LF'],
      ['\rG', 'BARE_CR'],
      ['\r\n\r', 'REQUEST_LINE_MALFORMED'],
      ['GET /\n', 'BARE_LF'],
      ['GET /\rH', 'BARE_CR'],
      [`GET /${'x'.repeat(8188)}`, 'REQUEST_LINE_TOO_LONG'],
      [`${line('GET / HTTP/1.1').slice(0, -2)}X: ${'y'.repeat(16_400)}`, 'HEAD_TOO_LARGE'],
    ] as const) {
      expect([text, readRequests(Buffer.from(text, 'latin1')).refused]).toEqual([text, code]);
    }
    expect(readResponses(Buffer.from('\r')).refused).toBe('STATUS_LINE_MALFORMED');
  });

  test('is not for what others throw', () => {
    const reader = new MessageReader('request', checkLimits({}, Infinity), {
      head: () => {
        throw new RangeError('mine');
      },
      chunk: () => {},
      end: () => {},
    });
    expect(() => reader.read(Buffer.from(get()), 0)).toThrow('mine');
  });
});

test('requests come one behind the other, whatever is between their bodies', () => {
  const text = [
    get(),
    `\r\n${line('POST /2 HTTP/1.1', 'Content-Length: 3')}abc`,
    `\r\n${chunked('2\r\nde\r\n0\r\n\r\n')}`,
    head('GET /last HTTP/1.0'),
    'anything',
  ].join('');
  const { messages, isClosed, refused } = readRequests(Buffer.from(text, 'latin1'));
  expect(messages.map(({ line, body }) => [...line, body])).toEqual([
    ['GET', '/', ''],
    ['POST', '/2', 'abc'],
    ['POST', '/', 'de'],
    ['GET', '/last', ''],
  ]);
  expect({ isClosed, refused }).toEqual({ isClosed: true });
});
