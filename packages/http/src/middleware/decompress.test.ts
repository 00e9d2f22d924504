/** Tests of decompress. */
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import zlib from 'node:zlib';
import { IncomingBody } from '@interpose/wire';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createApp } from '../app.ts';
import { codersHere } from '../coding/coders-here.ts';
import type { ContentCoding } from '../coding/content-codings.ts';
import { unpackedBody } from '../coding/unpacked-body.ts';
import { webCoders } from '../coding/web-coders.ts';
import { bodyLimit } from './body-limit.ts';
import { decompress, type DecompressOptions } from './decompress.ts';

const TEXT = 'to be or not to be, that is the question. '.repeat(100);
const HERE = codersHere().codings;

const PACK: Readonly<Record<ContentCoding, (bytes: string | Uint8Array) => Uint8Array>> = {
  gzip: zlib.gzipSync,
  br: zlib.brotliCompressSync,
  deflate: zlib.deflateSync,
  zstd: (bytes) =>
    (zlib as unknown as { zstdCompressSync: typeof zlib.gzipSync }).zstdCompressSync(bytes),
};

const appOf = (options?: DecompressOptions) =>
  createApp()
    .use(decompress(options))
    .post('/', async (ctx) => ({
      text: await ctx.body.text({ maxBytes: 100_000_000 }),
      encoding: ctx.headers.get('content-encoding') ?? null,
      length: ctx.headers.get('content-length') ?? null,
    }));

const post = (body: BodyInit, encoding?: string): Request =>
  new Request('http://host/', {
    method: 'POST',
    body,
    headers: encoding === undefined ? {} : { 'content-encoding': encoding },
  });

const outcome = async (body: Uint8Array, encoding: string, options?: DecompressOptions) => {
  const answer = await appOf(options).fetch(post(body as Uint8Array<ArrayBuffer>, encoding));
  const { text, code } = (await answer.json()) as { text?: string; code?: string };
  return { status: answer.status, text, code };
};

afterEach(() => vi.restoreAllMocks());

describe('a body', () => {
  test.each(HERE)('in %s is read as if it had never been packed', async (coding) => {
    const answer = await appOf().fetch(post(PACK[coding](TEXT) as Uint8Array<ArrayBuffer>, coding));
    expect(await answer.json()).toEqual({ text: TEXT, encoding: null, length: null });
  });

  test('is known by the old name of gzip, in any case, and identity is none', async () => {
    for (const name of ['x-gzip', 'GZip', 'identity, gzip', 'gzip, ']) {
      expect(await outcome(PACK.gzip(TEXT), name)).toMatchObject({ status: 200, text: TEXT });
    }
    expect(await (await appOf().fetch(post('plain', 'identity'))).json()).toMatchObject({
      text: 'plain',
      encoding: null,
    });
  });

  test('that is not packed is left alone', async () => {
    expect(await (await appOf().fetch(post('plain'))).json()).toMatchObject({ text: 'plain' });
    const app = createApp()
      .use(decompress())
      .get('/', (ctx) => String(ctx.requestBody));
    const answer = await app.fetch(
      new Request('http://host/', { headers: { 'content-encoding': 'nonsense' } }),
    );
    expect(await answer.text()).toBe('null');
  });

  test('in two codings is unpacked in the right order; in more than it may have, it is a 415', async () => {
    const twice = PACK.br(PACK.gzip(TEXT));
    expect(await outcome(twice, 'gzip, br')).toMatchObject({ status: 200, text: TEXT });
    expect(await outcome(twice, 'br, gzip')).toMatchObject({ status: 400 });
    const thrice = PACK.gzip(twice);
    expect(await outcome(thrice, 'gzip, br, gzip')).toMatchObject({ status: 415 });
    expect(await outcome(thrice, 'gzip, br, gzip', { maxCodings: 3 })).toMatchObject({
      text: TEXT,
    });
  });

  test('of several gzip members is one', async () => {
    const parts = Buffer.concat([PACK.gzip('one '), PACK.gzip('two')]);
    expect(await outcome(parts, 'gzip')).toMatchObject({ status: 200, text: 'one two' });
  });

  test('in a coding that is not taken is a 415 that says which are', async () => {
    const answer = await appOf({ encodings: ['br', 'gzip'] }).fetch(post('x', 'compress'));
    expect([answer.status, answer.headers.get('accept-encoding')]).toEqual([415, 'br, gzip']);
    expect(await answer.json()).toMatchObject({ code: 'UNSUPPORTED_CODING' });
    expect((await outcome(PACK.deflate('x'), 'deflate', { encodings: ['gzip'] })).status).toBe(415);
  });

  test('that is packed is still a 415 where nobody unpacks it', async () => {
    const app = createApp().post('/', (ctx) => ctx.body.text());
    const answer = await app.fetch(post(PACK.gzip(TEXT) as Uint8Array<ArrayBuffer>, 'gzip'));
    expect([answer.status, answer.headers.get('accept-encoding')]).toEqual([415, 'identity']);
  });
});

describe.each(HERE)('what is said to be %s', (coding) => {
  const packed = PACK[coding](TEXT);

  test.each<[string, Uint8Array]>([
    ['is something else', new TextEncoder().encode('this is no such thing, whatever it is')],
    ['ends too early', packed.subarray(0, -1)],
    ['ends in its head', packed.subarray(0, 2)],
    ['has bytes behind its end', Buffer.concat([packed, Buffer.from('xx')])],
    ['has zeros behind its end', Buffer.concat([packed, Buffer.alloc(2)])],
    ['was changed on the way', Buffer.from(packed).fill(0xa5, packed.length >> 1)],
  ])('and %s is a 400', async (_, bytes) => {
    const { status, code } = await outcome(bytes, coding);
    expect({ status, code }).toEqual({ status: 400, code: 'MALFORMED_CODING' });
  });

  test('and has nothing in it is a 400', async () => {
    const empty = new ReadableStream({ start: (controller) => controller.close() });
    const answer = await appOf().fetch(
      new Request('http://host/', {
        method: 'POST',
        body: empty,
        headers: { 'content-encoding': coding },
        duplex: 'half',
      } as RequestInit),
    );
    expect(answer.status).toBe(400);
  });
});

describe('a bomb', () => {
  const zeros = (bytes: number): Uint8Array => new Uint8Array(bytes);

  test('is stopped by what it becomes of each byte', async () => {
    for (const coding of HERE) {
      expect(await outcome(PACK[coding](zeros(9_000_000)), coding)).toMatchObject({
        status: 413,
        code: 'UNPACKING_RATIO',
      });
    }
  });

  test('is stopped by how large it becomes', async () => {
    const noise = crypto.getRandomValues(new Uint8Array(50_000));
    const told = await outcome(PACK.gzip(noise), 'gzip', { maxBytes: 40_000 });
    expect(told).toMatchObject({ status: 413, code: 'CONTENT_TOO_LARGE' });
    const zipped = PACK.gzip(zeros(9_000_000));
    const bounds = { maxRatio: 1_000_000, maxBytes: 9_000_000 };
    expect((await outcome(zipped, 'gzip', bounds)).status).toBe(200);
    expect((await outcome(zipped, 'gzip', { ...bounds, maxBytes: 8_999_999 })).status).toBe(413);
  });

  test('inside of another is judged by what came over the network', async () => {
    const nested = PACK.gzip(PACK.gzip(zeros(9_000_000)));
    expect(nested.length).toBeLessThan(1000);
    expect(await outcome(nested, 'gzip, gzip')).toMatchObject({ status: 413 });
  });

  test('is not even unpacked to its end', async () => {
    const made = vi.spyOn(zlib, 'createGunzip');
    const push = vi.spyOn(IncomingBody.prototype, 'push');
    await outcome(PACK.gzip(zeros(100_000_000)), 'gzip', { maxBytes: 1_000_000_000 });
    const unpacker = made.mock.results[0]?.value as zlib.Gunzip;
    expect(unpacker.destroyed).toBe(true);
    const pushed = push.mock.calls.reduce((sum, [bytes]) => sum + bytes.length, 0);
    expect(pushed).toBeLessThan(12_000_000);
  });

  test('that is small may become what it likes', async () => {
    const packed = PACK.gzip(zeros(60_000));
    expect(60_000 / packed.length).toBeGreaterThan(300);
    expect((await outcome(packed, 'gzip')).status).toBe(200);
  });

  test('counts for a limit that stands behind', async () => {
    const app = createApp()
      .use(decompress())
      .use(bodyLimit({ maxBytes: 1000 }))
      .post('/', async (ctx) => (await ctx.body.bytes()).length);
    const answer = await app.fetch(post(PACK.gzip(TEXT) as Uint8Array<ArrayBuffer>, 'gzip'));
    expect(answer.status).toBe(413);
  });
});

describe('step by step', () => {
  /** A body that comes as it is asked for, and tells how far it was read. */
  function bodyOf(packed: Uint8Array, size: number) {
    let at = 0;
    let isPaused = true;
    const seen = { cancelled: false, given: 0 };
    const body: IncomingBody = new IncomingBody(packed.length, {
      begin: () => go(),
      pause: () => (isPaused = true),
      resume: () => go(),
      cancel: () => (seen.cancelled = true),
    });
    const go = (): void => {
      isPaused = false;
      while (!isPaused && at < packed.length) {
        const piece = packed.subarray(at, (at += size));
        seen.given += piece.length;
        if (!body.push(piece, false)) isPaused = true;
      }
      if (at >= packed.length && !isPaused) body.finish(['X-Trailer', '1']);
    };
    return { body, seen };
  }

  const bounds = { maxBytes: 1e9, maxRatio: 1e6 };

  test.each([1, 7, 1000])('pieces of %i bytes are unpacked as they come', async (size) => {
    for (const coding of HERE) {
      const { body } = bodyOf(PACK[coding](TEXT), size);
      const unpacked = unpackedBody(body, [coding], { coders: codersHere(), bounds });
      expect(await unpacked.text()).toBe(TEXT);
      expect(unpacked.trailers).toEqual(['X-Trailer', '1']);
    }
  });

  test('nothing is unpacked that nobody takes', async () => {
    const { body, seen } = bodyOf(PACK.gzip(new Uint8Array(50_000_000)), 4096);
    const unpacked = unpackedBody(body, ['gzip'], { coders: codersHere(), bounds });
    expect(seen.given).toBe(0);
    const chunks = unpacked[Symbol.asyncIterator]();
    let bytes = (await chunks.next()).value?.length ?? 0;
    for (let turn = 0; turn < 200; turn++) await new Promise(setImmediate);
    // One piece was taken in, and of what it becomes no more than a window has come out.
    expect(seen.given).toBe(4096);
    for (let taken = await chunks.next(); !taken.done; taken = await chunks.next()) {
      bytes += taken.value.length;
    }
    expect(bytes).toBe(50_000_000);
  });

  test('who reads no further ends all of it', async () => {
    const made = vi.spyOn(zlib, 'createGunzip');
    const { body, seen } = bodyOf(PACK.gzip(crypto.getRandomValues(new Uint8Array(60_000))), 4096);
    const unpacked = unpackedBody(body, ['gzip', 'gzip'], { coders: codersHere(), bounds });
    unpacked.cancel();
    expect(seen.cancelled).toBe(true);
    expect(made).not.toHaveBeenCalled();
    const other = bodyOf(PACK.gzip(crypto.getRandomValues(new Uint8Array(60_000))), 4096);
    const read = unpackedBody(other.body, ['gzip'], { coders: codersHere(), bounds });
    const chunks = read[Symbol.asyncIterator]();
    await chunks.next();
    await chunks.return?.();
    expect(other.seen.cancelled).toBe(true);
    expect((made.mock.results[0] as { value: zlib.Gunzip }).value.destroyed).toBe(true);
  });

  test('what the connection ends with is what the reader is told', async () => {
    const lost = new Error('lost');
    const body: IncomingBody = new IncomingBody(undefined, {
      begin: () => {
        body.push(PACK.gzip(TEXT).subarray(0, 50), false);
        queueMicrotask(() => body.fail(lost));
      },
      pause() {},
      resume() {},
      cancel() {},
    });
    const unpacked = unpackedBody(body, ['gzip'], { coders: codersHere(), bounds });
    await expect(unpacked.text()).rejects.toBe(lost);
  });

  describe('without zlib', () => {
    test.each(['gzip', 'deflate'] as const)('%s is unpacked all the same', async (coding) => {
      for (const size of [10, 10_000]) {
        const { body } = bodyOf(PACK[coding](TEXT), size);
        const unpacked = unpackedBody(body, [coding], { coders: webCoders, bounds });
        expect(await unpacked.text()).toBe(TEXT);
      }
    });

    test('malformed bodies and those that end too early fail, too', async () => {
      for (const packed of [PACK.gzip(TEXT).subarray(0, -9), Buffer.from('nonsense nonsense')]) {
        const { body } = bodyOf(packed, 1000);
        const unpacked = unpackedBody(body, ['gzip'], { coders: webCoders, bounds });
        await expect(unpacked.text()).rejects.toMatchObject({ status: 400 });
      }
    });

    test('bombs are stopped, and readers that leave are heard', async () => {
      const bomb = bodyOf(PACK.gzip(new Uint8Array(5_000_000)), 1000);
      const few = { maxBytes: 1000, maxRatio: 10 };
      await expect(
        unpackedBody(bomb.body, ['gzip'], { coders: webCoders, bounds: few }).bytes(),
      ).rejects.toMatchObject({ status: 413 });
      const noise = crypto.getRandomValues(new Uint8Array(65_536));
      const left = bodyOf(PACK.gzip(Buffer.concat(Array.from({ length: 50 }, () => noise))), 4096);
      const body = unpackedBody(left.body, ['gzip'], { coders: webCoders, bounds });
      const chunks = body[Symbol.asyncIterator]();
      await chunks.next();
      await chunks.return?.();
      expect(left.seen.cancelled).toBe(true);
    });
  });
});

describe('on a connection', () => {
  test('a refused body is never asked for', async () => {
    await using server = await appOf().serve();
    const sent = request(server.url, {
      method: 'POST',
      headers: { 'content-encoding': 'rar', 'content-length': 5, expect: '100-continue' },
    });
    let wasAsked = false;
    sent.on('continue', () => (wasAsked = true));
    sent.flushHeaders();
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    expect([response.statusCode, wasAsked]).toEqual([415, false]);
    sent.on('error', () => {});
    sent.destroy();
  });

  test('a bomb is answered while it is still coming', async () => {
    await using server = await appOf().serve();
    const client = connect(server.port, '127.0.0.1');
    const bomb = zlib.gzipSync(new Uint8Array(20_000_000));
    client.write(
      `POST / HTTP/1.1\r\nHost: a\r\nContent-Encoding: gzip\r\nContent-Length: ${bomb.length + 1e6}\r\n\r\n`,
    );
    client.write(bomb);
    let text = '';
    while (!text.includes('UNPACKING_RATIO')) text += String((await once(client, 'data'))[0]);
    expect(text).toMatch(/^HTTP\/1\.1 413 /);
    client.on('error', () => {});
    client.destroy();
  });

  test('a client that leaves in the middle leaves nothing behind', async () => {
    const made = vi.spyOn(zlib, 'createGunzip');
    const failed = gate();
    const app = createApp()
      .use(decompress())
      .post('/', async (ctx) => {
        try {
          return await ctx.body.text();
        } catch (error) {
          failed.resolve();
          throw error;
        }
      });
    await using server = await app.serve();
    const client = connect(server.port, '127.0.0.1');
    client.write(
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Encoding: gzip\r\nContent-Length: 999\r\n\r\n',
    );
    client.write(zlib.gzipSync(TEXT).subarray(0, 30));
    while (made.mock.calls.length === 0) await new Promise(setImmediate);
    client.destroy();
    await failed.promise;
    expect((made.mock.results[0] as { value: zlib.Gunzip }).value.destroyed).toBe(true);
  });

  test('HTTP/2 is the same', async () => {
    await using server = await appOf().serve({ h2c: true });
    const session = connectHttp2(server.url);
    const stream = session.request({
      ':method': 'POST',
      ':path': '/',
      'content-encoding': 'gzip',
    });
    stream.end(zlib.gzipSync(TEXT));
    const bytes = Buffer.concat((await stream.toArray()) as Buffer[]);
    expect(JSON.parse(bytes.toString())).toMatchObject({ text: TEXT });
    session.close();
  });
});

describe('options', () => {
  test.each<[object, RegExp]>([
    [{ encodings: ['rar'] }, /`encodings` to be a list of/],
    [{ maxBytes: '1' }, /`maxBytes` to be a whole number/],
    [{ maxRatio: 0 }, /`maxRatio` to be a whole number, 1 or more/],
    [{ maxCodings: 4 }, /`maxCodings` to be 3 or less/],
    [{ limit: 1 }, /Unknown option `limit` of decompress/],
  ])('%j is refused when the middleware is made', (options, message) => {
    expect(() => decompress(options)).toThrow(message);
  });
});

function gate(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((settle) => (resolve = settle));
  return { promise, resolve };
}
