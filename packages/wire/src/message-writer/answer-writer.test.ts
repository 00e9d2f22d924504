/** The writer of answers: bytes for bytes what goes to the socket. */
import { Duplex } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { type Answered, AnswerWriter } from './answer-writer.ts';
import { AnswerOrderError, BodyLengthError } from '../errors.ts';

const GET: Answered = { isHead: false, version: '1.1' };
const OLD: Answered = { isHead: false, version: '1.0' };
const HEAD: Answered = { isHead: true, version: '1.1' };

function writerOf(answered: Answered = GET) {
  const writes: string[] = [];
  const note = (bytes: Uint8Array): void => void writes.push(Buffer.from(bytes).toString('latin1'));
  const socket = new Duplex({
    read() {},
    write(chunk: Buffer, _, done) {
      note(chunk);
      done();
    },
    writev(chunks, done) {
      note(Buffer.concat(chunks.map(({ chunk }) => chunk as Buffer)));
      done();
    },
  });
  const asked: boolean[] = [];
  const writer = new AnswerWriter(socket, (lines) => {
    asked.push(lines.closes);
    return lines.closes ? 'C: close\r\n' : 'C: keep\r\n';
  });
  writer.next(answered);
  return { writer, writes, asked };
}

const bytes = (text: string): Buffer => Buffer.from(text);

describe('a whole answer', () => {
  test.each<[string, Answered, number, readonly string[], string, string]>([
    [
      'with a body',
      GET,
      200,
      ['A', 'b'],
      'xyz',
      '200 OK\r\nA: b\r\nC: keep\r\nContent-Length: 3\r\n\r\nxyz',
    ],
    ['without one', GET, 200, [], '', '200 OK\r\nC: keep\r\nContent-Length: 0\r\n\r\n'],
    ['to HTTP/1.0', OLD, 200, [], 'x', '200 OK\r\nC: keep\r\nContent-Length: 1\r\n\r\nx'],
    ['to HEAD', HEAD, 200, [], 'xyz', '200 OK\r\nC: keep\r\nContent-Length: 3\r\n\r\n'],
    [
      'to HEAD with a length',
      HEAD,
      200,
      ['Content-Length', '9'],
      '',
      '200 OK\r\nC: keep\r\nContent-Length: 9\r\n\r\n',
    ],
    ['of 204', GET, 204, ['Content-Length', '9'], 'xyz', '204 No Content\r\nC: keep\r\n\r\n'],
    [
      'of 304',
      GET,
      304,
      ['Content-Length', '9'],
      '',
      '304 Not Modified\r\nC: keep\r\nContent-Length: 9\r\n\r\n',
    ],
    [
      'of a status that has no name',
      GET,
      599,
      [],
      '',
      '599 Unknown\r\nC: keep\r\nContent-Length: 0\r\n\r\n',
    ],
  ])('%s', (_, answered, status, headers, body, wanted) => {
    const { writer, writes } = writerOf(answered);
    writer.answer(status, headers, body);
    expect(writes).toEqual([`HTTP/1.1 ${wanted}`]);
    expect([writer.hasHead, writer.hasEnded, writer.endsWithConnection]).toEqual([
      true,
      true,
      false,
    ]);
  });
});

describe('a streamed answer', () => {
  test.each<[string, Answered, readonly string[], string]>([
    [
      'chunked',
      GET,
      [],
      'C: keep\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n|3\r\ntwo\r\n0\r\n\r\n',
    ],
    ['counted', GET, ['Content-Length', '6'], 'C: keep\r\nContent-Length: 6\r\n\r\none|two'],
    ['until the end', OLD, [], 'C: close\r\n\r\none|two'],
    [
      'counted to HTTP/1.0',
      OLD,
      ['Content-Length', '6'],
      'C: keep\r\nContent-Length: 6\r\n\r\none|two',
    ],
    ['to HEAD', HEAD, [], 'C: keep\r\n\r\n'],
    [
      'to HEAD with a length',
      HEAD,
      ['Content-Length', '6'],
      'C: keep\r\nContent-Length: 6\r\n\r\n',
    ],
  ])('%s', (_, answered, headers, wanted) => {
    const { writer, writes } = writerOf(answered);
    writer.head(200, headers);
    expect(writes).toEqual([]);
    writer.write(bytes('one'), false);
    writer.write(bytes('two'), true);
    expect(writes.join('|')).toBe(`HTTP/1.1 200 OK\r\n${wanted}`);
    expect(writer.hasEnded).toBe(true);
  });

  test('that it ends with the connection is known', () => {
    const { writer } = writerOf(OLD);
    expect(writer.endsWithConnection).toBe(false);
    writer.head(200, []);
    expect(writer.endsWithConnection).toBe(true);
    writer.next(OLD);
    expect(writer.endsWithConnection).toBe(false);
  });

  test('a large chunk goes with its head, size and end in one write', () => {
    const { writer, writes } = writerOf();
    writer.head(200, []);
    writer.write(Buffer.alloc(100_000, 'x'), true);
    expect(writes).toHaveLength(1);
    expect(writes[0]).toMatch(/\r\n\r\n186a0\r\nx{100000}\r\n0\r\n\r\n$/);
  });

  test('a head is flushed once', () => {
    const { writer, writes } = writerOf();
    writer.flush();
    writer.head(200, []);
    writer.flush();
    writer.flush();
    writer.write(bytes('x'), true);
    expect(writes).toEqual([
      'HTTP/1.1 200 OK\r\nC: keep\r\nTransfer-Encoding: chunked\r\n\r\n',
      '1\r\nx\r\n0\r\n\r\n',
    ]);
  });

  test('the bytes of a body are counted without what frames them', () => {
    const { writer } = writerOf();
    writer.head(200, []);
    writer.write(bytes('one'), false);
    writer.write(bytes(''), false);
    writer.write(bytes('more'), true);
    expect(writer.bodyBytes).toBe(7);
    writer.next(GET);
    expect(writer.bodyBytes).toBe(0);
    writer.answer(200, [], 'ü');
    expect(writer.bodyBytes).toBe(2);
  });

  test('bytes that were refused are not counted, nor sent', () => {
    const { writer, writes } = writerOf();
    writer.head(200, ['Content-Length', '3']);
    expect(() => writer.write(bytes('four'), false)).toThrow(BodyLengthError);
    expect(() => writer.write(bytes('2'), true)).toThrow(BodyLengthError);
    expect(() => writer.end([])).toThrow(BodyLengthError);
    expect([writes, writer.bodyBytes]).toEqual([[], 0]);
    writer.write(bytes('123'), true);
    expect(writer.bodyBytes).toBe(3);
  });

  test('nothing is written out of turn', () => {
    const { writer, writes } = writerOf();
    expect(() => writer.write(bytes('x'), false)).toThrow(AnswerOrderError);
    expect(() => writer.end([])).toThrow(AnswerOrderError);
    writer.answer(200, [], '');
    expect(() => writer.write(bytes('x'), true)).toThrow(AnswerOrderError);
    expect(() => writer.end([])).toThrow(AnswerOrderError);
    expect(() => writer.head(200, [])).toThrow(AnswerOrderError);
    expect(() => writer.answer(200, [], '')).toThrow(AnswerOrderError);
    expect(() => writer.inform(103, [])).toThrow(AnswerOrderError);
    expect(writes).toHaveLength(1);
  });
});

describe('looking whether the client is there', () => {
  const INTERIM = 'HTTP/1.1 100 Continue\r\n\r\n';

  test('before the head, bytes of an interim answer whose rest goes before what comes next', () => {
    for (const [index, next] of [
      (writer: AnswerWriter) => writer.answer(200, [], 'x'),
      (writer: AnswerWriter) => writer.answer(200, [], Buffer.alloc(50_000)),
      (writer: AnswerWriter) => writer.inform(103, []),
      (writer: AnswerWriter) => {
        writer.head(200, []);
        writer.flush();
      },
    ].entries()) {
      for (let probes = 0; probes <= INTERIM.length; probes++) {
        const { writer, writes } = writerOf();
        for (let probe = 0; probe < probes; probe++) expect(writer.probe()).toBe(true);
        expect(writes.join('')).toBe(INTERIM.slice(0, probes));
        next(writer);
        const text = writes.join('');
        const before = probes === 0 ? '' : INTERIM;
        expect([index, text.startsWith(`${before}HTTP/1.1 ${index === 2 ? 103 : 200} `)]).toEqual([
          index,
          true,
        ]);
      }
    }
  });

  test('no more bytes than an interim answer has', () => {
    const { writer, writes } = writerOf();
    let probes = 0;
    while (writer.probe()) probes++;
    expect(probes).toBe(INTERIM.length);
    expect(writes.join('')).toBe(INTERIM);
  });

  test('behind the head of a chunked answer, zeros before the next size', () => {
    const { writer, writes } = writerOf();
    writer.head(200, []);
    expect([writer.probe(), writer.probe()]).toEqual([true, true]);
    writer.write(bytes('one'), false);
    expect(writer.probe()).toBe(true);
    writer.write(bytes(''), false);
    writer.write(bytes('two'), false);
    expect(writer.probe()).toBe(true);
    writer.end(['X', 'y']);
    expect(writes.slice(1).join('')).toBe('003\r\none\r\n03\r\ntwo\r\n00\r\nX: y\r\n\r\n');
    expect(writer.probe()).toBe(false);
  });

  test('no more zeros than a size may have', () => {
    const { writer, writes } = writerOf();
    writer.head(200, []);
    let zeros = 0;
    while (writer.probe()) zeros++;
    expect(zeros).toBe(8);
    writer.write(Buffer.alloc(70_000), true);
    expect(/0*11170\r\n/.exec(writes.slice(1).join(''))?.[0].length).toBeLessThanOrEqual(18);
  });

  test.each<[string, Answered, readonly string[]]>([
    ['a counted body', GET, ['Content-Length', '3']],
    ['a body that lasts until the end', OLD, []],
    ['no body', HEAD, []],
  ])('never in %s', (_, answered, headers) => {
    const { writer, writes } = writerOf(answered);
    writer.head(200, headers);
    expect(writer.probe()).toBe(false);
    // The head alone tells as much.
    expect(writes).toHaveLength(1);
    expect(writes[0]?.endsWith('\r\n\r\n')).toBe(true);
  });

  test('never for HTTP/1.0, which knows no interim answers', () => {
    const { writer, writes } = writerOf(OLD);
    expect(writer.probe()).toBe(false);
    expect(writes).toEqual([]);
  });

  test('nothing of it stays for the next answer', () => {
    const { writer, writes } = writerOf();
    writer.probe();
    writer.answer(200, [], '');
    writer.next(GET);
    writer.answer(201, [], '');
    expect(writes.at(-1)).toMatch(/^HTTP\/1\.1 201 /);
  });
});

test('interim answers are written as they are given, and not to HTTP/1.0', () => {
  const { writer, writes } = writerOf();
  writer.inform(103, ['Link', '</a>', 'Connection', 'close', 'Content-Length', '5']);
  expect(writes).toEqual(['HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n']);
  const old = writerOf(OLD);
  old.writer.inform(103, []);
  expect(old.writes).toEqual([]);
});
