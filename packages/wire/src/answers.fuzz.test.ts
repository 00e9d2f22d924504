/** What is written is read as it was meant, by our reader and by Node's client; and no text that is given can make it anything else. */
import { request, type RequestOptions } from 'node:http';
import { Writable } from 'node:stream';
import type { Duplex } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FUZZ_TIMEOUT_MS, tries } from '../test-kit/fuzz-run.ts';
import { NodeClient } from '../test-kit/node-client.ts';
import { type ReadMessage, readResponses } from '../test-kit/reading.ts';
import { startServer } from '../test-kit/running-server.ts';
import { AnswerWriter } from './message-writer/answer-writer.ts';
import { InvalidHeaderError } from './errors.ts';
import { readFields } from './message-reader/fields.ts';
import { headerLines } from './message-writer/write-head.ts';

/** What a head leaves out, or has of itself. */
const OWN =
  /^(?:connection|content-length|date|http2-settings|keep-alive|proxy-connection|te|trailer|transfer-encoding|upgrade)$/i;
const tokens = fc.oneof(
  fc.constantFrom('Set-Cookie', 'set-cookie', 'Content-Type', 'X', 'Connection', 'TE', 'Upgrade'),
  fc.stringMatching(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,20}$/),
);
const values = fc.oneof(
  fc.constantFrom('a=b; Path=/', '', '"', 'a, b', 'chunked', '\xe9\xff', 'keep-alive'),
  fc.stringMatching(/^[\t\x20-\x7e\x80-\xff]{0,30}$/),
);
const headers = fc
  .array(fc.tuple(tokens, values), { maxLength: 8 })
  .map((pairs) => pairs.filter(([name]) => !/^(?:content-length|date)$/i.test(name)).flat());
const trailers = fc
  .array(fc.tuple(tokens, values), { maxLength: 3 })
  .map((pairs) => pairs.filter(([name]) => !/^host$/i.test(name)).flat());
const body = fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 5 });

interface Answer {
  readonly status: number;
  readonly headers: readonly string[];
  readonly pieces: readonly Uint8Array[];
  readonly trailers: readonly string[];
  readonly isHead: boolean;
  readonly version: '1.0' | '1.1';
  readonly way: 'whole' | 'counted' | 'streamed';
}

const answers: fc.Arbitrary<Answer> = fc.record({
  status: fc.oneof(fc.constantFrom(200, 204, 304, 404, 500), fc.integer({ min: 200, max: 599 })),
  headers,
  pieces: body,
  trailers,
  isHead: fc.boolean(),
  version: fc.constantFrom('1.0', '1.1'),
  way: fc.constantFrom('whole', 'counted', 'streamed'),
});

const trimmed = (raw: readonly string[]): string[] =>
  raw.map((text) => text.replaceAll(/^[\t ]+|[\t ]+$/g, ''));

/** Names and values without those that a head leaves out or has of itself. */
function passed(raw: readonly string[]): readonly string[] {
  return raw.filter((_, index) => !OWN.test(raw[index - (index % 2)] ?? ''));
}

function sinkOf(): { readonly socket: Duplex; bytes(): Buffer } {
  const chunks: Buffer[] = [];
  const socket = new Writable({
    decodeStrings: true,
    write(chunk: Buffer, _, done) {
      chunks.push(Buffer.from(chunk));
      done();
    },
  });
  return { socket: socket as unknown as Duplex, bytes: () => Buffer.concat(chunks) };
}

/** The bytes of an answer. */
function written({ status, headers, pieces, trailers, isHead, version, way }: Answer): Buffer {
  const { socket, bytes } = sinkOf();
  const writer = new AnswerWriter(socket, ({ closes }) => (closes ? 'Connection: close\r\n' : ''));
  writer.next({ isHead, version });
  const all = Buffer.concat(pieces);
  if (way === 'whole') writer.answer(status, headers, all);
  else {
    const length = way === 'counted' ? ['Content-Length', String(all.length)] : [];
    writer.head(status, [...headers, ...length]);
    for (const piece of pieces) writer.write(piece, false);
    writer.end(trailers);
  }
  return bytes();
}

/** What is to be read of it. */
function meant({ status, headers, pieces, trailers, isHead, version, way }: Answer) {
  const isBodiless = isHead || status === 204 || status === 304;
  const isChunked = !isBodiless && way === 'streamed' && version === '1.1';
  return {
    line: [status],
    headers: trimmed(passed(headers)),
    body: isBodiless ? '' : Buffer.concat(pieces).toString('latin1'),
    trailers: isChunked ? trimmed(passed(trailers)) : [],
  };
}

const seen = ({ line, headers, body, trailers }: ReadMessage) => ({
  line,
  headers: passed(headers),
  body,
  trailers,
});

describe('an answer', () => {
  test('is read as it was meant', { timeout: FUZZ_TIMEOUT_MS }, () => {
    fc.assert(
      fc.property(answers, (answer) => {
        const answering = answer.isHead ? 'HEAD' : 'GET';
        const bytes = written(answer);
        const reading = readResponses(bytes, { answering });
        expect({ ...reading, messages: reading.messages.map(seen) }).toEqual({
          messages: [meant(answer)],
          ends: [bytes.length],
          isCutShort: false,
          isClosed: true,
        });
      }),
      tries(2000),
    );
  });

  test('is read alike by the client of node:http', { timeout: FUZZ_TIMEOUT_MS }, async () => {
    const node = await NodeClient.start();
    try {
      await fc.assert(
        fc.asyncProperty(answers, async (answer) => {
          const opinion = await node.read(written(answer), answer.isHead ? 'HEAD' : 'GET');
          expect(opinion.messages.map(seen)).toEqual([meant(answer)]);
        }),
        tries(1000),
      );
    } finally {
      await node.close();
    }
  });

  test('of a server is read alike', { timeout: FUZZ_TIMEOUT_MS }, async () => {
    let current: Answer | undefined;
    const { port } = await startServer((exchange) => {
      if (!current) throw new Error('There is nothing to answer');
      const { status, headers, pieces, way } = current;
      if (way === 'whole') return exchange.answer(status, headers, Buffer.concat(pieces));
      const length = String(Buffer.concat(pieces).length);
      exchange.sendHead(
        status,
        way === 'counted' ? [...headers, 'content-length', length] : headers,
      );
      for (const piece of pieces) exchange.write(piece);
      exchange.end();
    });
    await fc.assert(
      fc.asyncProperty(answers, async (answer) => {
        current = { ...answer, trailers: [], version: '1.1' };
        const method = answer.isHead ? 'HEAD' : 'GET';
        expect(seen(await fetched({ host: '127.0.0.1', port, method }))).toEqual(meant(current));
      }),
      tries(300),
    );
  });
});

/** The answer to a request on a connection of its own. */
function fetched(options: RequestOptions): Promise<ReadMessage> {
  return new Promise((resolve, reject) => {
    const call = request({ ...options, agent: false }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('error', reject);
      answer.on('data', (chunk: Buffer) => void chunks.push(chunk));
      answer.on('end', () =>
        resolve({
          line: [answer.statusCode ?? 0],
          version: answer.httpVersion,
          headers: answer.rawHeaders,
          body: Buffer.concat(chunks).toString('latin1'),
          trailers: answer.rawTrailers,
        }),
      );
    });
    call.on('error', reject);
    call.end();
  });
}

describe('a text that is meant to break out', () => {
  const nasty = fc.constantFrom(
    '\r\n',
    '\n',
    '\r',
    '\0',
    ':',
    ' ',
    '\u{10a}',
    '\u{10d}',
    '\u{2028}',
    'é',
    '😀',
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc.array(fc.oneof(nasty, tokens, values), { maxLength: 4 }).map((parts) => parts.join('')),
    tokens,
    values,
  );

  test('is a line of its own, or is refused', { timeout: FUZZ_TIMEOUT_MS }, () => {
    const counts = { refused: 0, written: 0 };
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 4 }), (pairs) => {
        const raw = pairs.flat();
        let lines: string;
        try {
          lines = headerLines(raw).text;
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidHeaderError);
          counts.refused++;
          return;
        }
        counts.written++;
        const kept = raw.filter((_, index) => {
          const name = raw[index - (index % 2)] ?? '';
          return /^date$/i.test(name) || !OWN.test(name);
        });
        // What goes on the wire is one byte for each character, whatever the character.
        const wire = Buffer.from(lines, 'latin1').toString('latin1');
        expect(readFields(wire, 0, 100).raw).toEqual(trimmed(kept));
        expect(wire.split('\r\n')).toHaveLength(kept.length / 2 + 1);
      }),
      tries(5000),
    );
    expect(counts.refused).toBeGreaterThan(100);
    expect(counts.written).toBeGreaterThan(100);
  });
});
