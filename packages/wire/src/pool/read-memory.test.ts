/** Memory is read into again and again, but never while bytes of it are still in use. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { startProxy } from '../../test-kit/mini-proxy.ts';
import { startPool, turn } from '../../test-kit/running-pool.ts';
import { type OriginConnection, startOrigin } from '../../test-kit/scripted-origin.ts';
import type { IncomingBody } from '../incoming-body.ts';
import { ReadMemory } from './read-memory.ts';

const KB = 1024;

describe('the memory of a socket', () => {
  test('is the same as long as nobody keeps it', () => {
    const memory = new ReadMemory();
    const first = memory.next();
    expect(first).toHaveLength(64 * KB);
    memory.note(100);
    expect(memory.next()).toBe(first);
    memory.keep();
    const second = memory.next();
    expect(second).not.toBe(first);
    expect(second.buffer).not.toBe(first.buffer);
    expect(memory.next()).toBe(second);
  });

  test('grows while it is filled, as far as it may', () => {
    const memory = new ReadMemory();
    const sizes: number[] = [];
    for (let at = 0; at < 5; at++) {
      const { length } = memory.next();
      sizes.push(length / KB);
      memory.note(length);
    }
    expect(sizes).toEqual([64, 128, 256, 512, 512]);
  });

  test('keeps its size when it is kept', () => {
    const memory = new ReadMemory();
    memory.note(memory.next().length);
    memory.next();
    memory.keep();
    memory.note(1);
    expect(memory.next()).toHaveLength(128 * KB);
  });

  test('is small again when nothing is expected', () => {
    const memory = new ReadMemory();
    memory.note(memory.next().length);
    const large = memory.next();
    memory.shrink();
    memory.note(large.length);
    const small = memory.next();
    expect(small).toHaveLength(64 * KB);
    memory.shrink();
    expect(memory.next()).toBe(small);
  });
});

/** Bytes that are nowhere the same. */
function noise(size: number, seed: number): Buffer {
  const bytes = Buffer.allocUnsafe(size);
  let state = seed | 1;
  for (let at = 0; at < size; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

const digest = (...parts: readonly Uint8Array[]): string => {
  const hash = createHash('sha1');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
};

/** How a body is sent. */
interface Sent {
  readonly size: number;
  readonly seed: number;
  readonly framing: 'length' | 'chunked' | 'close';
  /** Bytes of a write. */
  readonly piece: number;
}

async function serve(connection: OriginConnection, { size, seed, framing, piece }: Sent) {
  const body = noise(size, seed);
  const pieces: Buffer[] = [];
  for (let at = 0; at < size; at += piece) pieces.push(body.subarray(at, at + piece));
  const head = {
    length: `Content-Length: ${size}\r\n`,
    chunked: 'Transfer-Encoding: chunked\r\n',
    close: '',
  };
  const put = async (bytes: string | Uint8Array): Promise<void> => {
    if (!connection.socket.write(bytes)) {
      await new Promise<void>((resolve) => {
        connection.socket.once('drain', resolve).once('close', resolve);
      });
    }
  };
  await put(`HTTP/1.1 200 OK\r\n${head[framing]}\r\n`);
  for (const one of pieces) {
    if (framing === 'chunked') {
      await put(
        Buffer.concat([Buffer.from(`${one.length.toString(16)}\r\n`), one, Buffer.from('\r\n')]),
      );
    } else await put(one);
  }
  if (framing === 'chunked') await put('0\r\n\r\n');
  if (framing === 'close') connection.end();
}

/** Each way in which a body can be read. */
const readers = {
  all: async (body: IncomingBody): Promise<string> =>
    digest(await body.bytes({ maxBytes: Infinity })),
  /** Everything that has come is kept, and looked at in the end. */
  iterate: async (body: IncomingBody, slow: number) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of body) {
      chunks.push(chunk);
      if (chunks.length % slow === 0) await turn();
    }
    return digest(...chunks);
  },
  /** Looks at the bytes while they are shown, or keeps some of them and says so. */
  push: (body: IncomingBody, slow: number) =>
    new Promise<string>((resolve, reject) => {
      const kept: { bytes: Uint8Array; digest: string }[] = [];
      const hash = createHash('sha1');
      let count = 0;
      body.readInto({
        chunk: (bytes) => {
          hash.update(bytes);
          if (++count % 3 === 0) {
            body.retain();
            kept.push({ bytes, digest: digest(bytes) });
          }
          if (count % slow !== 0) return true;
          setImmediate(() => body.resume());
          return false;
        },
        end: () => {
          const spoilt = kept.filter((one) => digest(one.bytes) !== one.digest);
          if (spoilt.length)
            reject(new Error(`${spoilt.length} of ${kept.length} were written over`));
          else resolve(hash.digest('hex'));
        },
        fail: reject,
      });
    }),
  /** Begins when much has come already. */
  late: async (body: IncomingBody, slow: number) => {
    for (let at = 0; at < slow * 3; at++) await turn();
    return digest(await body.bytes({ maxBytes: Infinity }));
  },
} as const;

const sent = fc.record({
  size: fc.oneof(
    fc.integer({ min: 1, max: 300 }),
    fc.integer({ min: 10 * KB, max: 20 * KB }),
    fc.integer({ min: 60 * KB, max: 70 * KB }),
    fc.integer({ min: 100 * KB, max: 1500 * KB }),
  ),
  seed: fc.integer(),
  framing: fc.constantFrom('length', 'chunked', 'close'),
  piece: fc.constantFrom(1000, 16 * KB, 64 * KB, 100_000, 1_000_000),
}) satisfies fc.Arbitrary<Sent>;
const slow = fc.integer({ min: 1, max: 4 });

describe('what is read', () => {
  test(
    'is what was sent, however it comes and however it is read',
    { timeout: 60_000 },
    async () => {
      const scripts: Sent[] = [];
      const origin = await startOrigin(async (connection) => {
        for (;;) {
          const { target } = await connection.request();
          await serve(connection, scripts[Number(target.slice(1))] as Sent);
        }
      });
      const { pool } = startPool(origin, { maxConnections: 3 });
      const reader = fc.constantFrom('all', 'iterate', 'push', 'late');
      const one = fc.record({ sent, reader, slow });
      await fc.assert(
        fc.asyncProperty(fc.array(one, { minLength: 1, maxLength: 5 }), async (all) => {
          const read = await Promise.all(
            all.map(async (each) => {
              const target = `/${scripts.push(each.sent) - 1}`;
              const { body } = await pool.request({ method: 'GET', target, headers: [] });
              return readers[each.reader](body as IncomingBody, each.slow);
            }),
          );
          expect(read).toEqual(all.map(({ sent: { size, seed } }) => digest(noise(size, seed))));
        }),
        { numRuns: 60 },
      );
      expect(pool.stats()).toMatchObject({ inFlight: 0, queued: 0 });
    },
  );

  test(
    'is passed on as it was sent, however slow the one who takes it',
    { timeout: 60_000 },
    async () => {
      const scripts: Sent[] = [];
      const origin = await startOrigin(async (connection) => {
        for (;;) {
          const { target } = await connection.request();
          await serve(connection, scripts[Number(target.slice(1))] as Sent);
        }
      });
      const { connect, pool } = await startProxy(origin.url);
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.record({ sent, slow }), { minLength: 1, maxLength: 4 }),
          async (all) => {
            const read = await Promise.all(
              all.map(async (each) => {
                const client = await connect();
                const target = `/${scripts.push(each.sent) - 1}`;
                client.send(`GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
                let count = 0;
                client.socket.on('data', () => {
                  if (++count % each.slow !== 0) return;
                  client.pause();
                  setImmediate(() => setImmediate(() => client.resume()));
                });
                return digest((await client.answer()).body);
              }),
            );
            expect(read).toEqual(all.map(({ sent: { size, seed } }) => digest(noise(size, seed))));
          },
        ),
        { numRuns: 40 },
      );
      expect(pool.stats()).toMatchObject({ inFlight: 0 });
    },
  );

  test('is passed on to one who takes nothing for a long time, in pieces that do not fill the memory', async () => {
    const script: Sent = { size: 12_000_000, seed: 7, framing: 'length', piece: 20_000 };
    const origin = await startOrigin(async (connection) => {
      await connection.request();
      const body = noise(script.size, script.seed);
      connection.send(`HTTP/1.1 200 OK\r\nContent-Length: ${script.size}\r\n\r\n`);
      for (let at = 0; at < script.size; at += script.piece) {
        connection.send(body.subarray(at, at + script.piece));
        // Each piece is read by itself.
        if (connection.socket.writableLength === 0) await turn();
      }
    });
    const { connect } = await startProxy(origin.url);
    const client = await connect();
    client.pause().send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    for (let at = 0; at < 1500; at++) await turn();
    client.resume();
    expect(digest((await client.answer()).body)).toBe(digest(noise(script.size, script.seed)));
  });
});
