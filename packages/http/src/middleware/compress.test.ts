/** Tests of compress. */
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import zlib from 'node:zlib';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createApp } from '../app.ts';
import { codersHere } from '../coding/coders-here.ts';
import type { ContentCoding } from '../coding/content-codings.ts';
import type { HttpContext } from '../context/context.ts';
import { HttpError } from '../errors.ts';
import { HeaderList } from '../context/headers.ts';
import { HttpResponse } from '../context/response.ts';
import { compress, type CompressOptions } from './compress.ts';

const TEXT = 'to be or not to be, that is the question. '.repeat(100);
const HERE = codersHere().codings;

const UNPACK: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>> = {
  gzip: zlib.gunzipSync,
  br: zlib.brotliDecompressSync,
  deflate: zlib.inflateSync,
  zstd: (bytes) =>
    (zlib as unknown as { zstdDecompressSync: typeof zlib.gunzipSync }).zstdDecompressSync(bytes),
};

const get = (headers: Record<string, string> = {}, method = 'GET'): Request =>
  new Request('http://host/', { method, headers });

const asking = (accept: string): Request => get({ 'accept-encoding': accept });

async function unpacked(response: Response): Promise<string> {
  const coding = response.headers.get('content-encoding') ?? '';
  const bytes = new Uint8Array(await response.arrayBuffer());
  return new TextDecoder().decode(UNPACK[coding]?.(bytes) ?? bytes);
}

const appOf = (answer: () => unknown, options?: CompressOptions) =>
  createApp()
    .use(compress(options))
    .get('/', (ctx) => {
      ctx.response.headers.set('Content-Type', 'text/plain');
      return answer() as string;
    });

/** Pieces that come when they are asked for, and a way to know how it ended. */
function piecesOf(pieces: readonly string[], ended: (how: string) => void = () => {}) {
  return (async function* (): AsyncGenerator<Uint8Array> {
    let how = 'left';
    try {
      for (const piece of pieces) yield new TextEncoder().encode(piece);
      how = 'whole';
    } finally {
      ended(how);
    }
  })();
}

function gate(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((settle) => (resolve = settle));
  return { promise, resolve };
}

afterEach(() => vi.restoreAllMocks());

describe('a whole answer', () => {
  test.each(HERE)('M-129 is packed with %s for who can unpack it', async (coding) => {
    const answer = await appOf(() => TEXT, { encodings: [coding] }).fetch(asking(coding));
    expect(answer.headers.get('content-encoding')).toBe(coding);
    expect(answer.headers.get('vary')).toBe('Accept-Encoding');
    const length = Number(answer.headers.get('content-length'));
    expect(length).toBeLessThan(TEXT.length / 10);
    const bytes = new Uint8Array(await answer.arrayBuffer());
    expect(bytes.length).toBe(length);
    expect(new TextDecoder().decode(UNPACK[coding]?.(bytes))).toBe(TEXT);
  });

  test('M-129 is left as it is for who cannot, and says that it could have been otherwise', async () => {
    for (const headers of [{}, { 'accept-encoding': '' }, { 'accept-encoding': 'compress' }]) {
      const answer = await appOf(() => TEXT).fetch(get(headers as Record<string, string>));
      expect(answer.headers.get('content-encoding')).toBeNull();
      expect(answer.headers.get('vary')).toBe('Accept-Encoding');
      expect(await answer.text()).toBe(TEXT);
    }
  });

  test('M-129 is not worth it if it is small, by its bytes and not its letters', async () => {
    const app = (text: string) => appOf(() => text, { minBytes: 100 }).fetch(asking('gzip'));
    const small = await app('a'.repeat(99));
    expect([small.headers.get('content-encoding'), small.headers.get('vary')]).toEqual([
      null,
      null,
    ]);
    expect((await app('a'.repeat(100))).headers.get('content-encoding')).toBe('gzip');
    expect((await app('€'.repeat(33))).headers.get('content-encoding')).toBeNull();
    expect((await app('€'.repeat(34))).headers.get('content-encoding')).toBe('gzip');
  });

  test('that becomes no smaller stays as it is', async () => {
    const noise = crypto.getRandomValues(new Uint8Array(2000));
    const answer = await appOf(() => noise).fetch(asking('gzip'));
    expect(answer.headers.get('content-encoding')).toBeNull();
    expect(answer.headers.get('vary')).toBe('Accept-Encoding');
    expect(new Uint8Array(await answer.arrayBuffer())).toEqual(noise);
  });

  test('of bytes, JSON and the web is packed, too', async () => {
    const app = createApp()
      .use(compress())
      .get('/json', () => ({ text: TEXT }))
      .get('/web', () => new Response(TEXT, { headers: { 'content-type': 'text/html' } }));
    const json = await app.fetch(
      new Request('http://host/json', { headers: { 'accept-encoding': 'br' } }),
    );
    expect(json.headers.get('content-encoding')).toBe('br');
    expect(JSON.parse(await unpacked(json))).toEqual({ text: TEXT });
    const web = await app.fetch(
      new Request('http://host/web', { headers: { 'accept-encoding': 'br' } }),
    );
    expect(web.headers.get('content-encoding')).toBe('br');
    expect(await unpacked(web)).toBe(TEXT);
  });

  test('that is not packed is given without waiting', () => {
    const ctx = { headers: new HeaderList() } as unknown as HttpContext;
    const response = new HttpResponse();
    response.body = TEXT;
    response.headers.set('Content-Type', 'text/plain');
    expect(compress()(ctx, () => response as never)).toBe(response);
  });
});

describe('the coding', () => {
  test.each<[string, readonly ContentCoding[], string | null]>([
    ['gzip, br', ['br', 'gzip'], 'br'],
    ['gzip, br', ['gzip', 'br'], 'gzip'],
    ['gzip;q=1, br;q=0.5', ['br', 'gzip'], 'gzip'],
    ['gzip;q=0, *', ['gzip', 'deflate'], 'deflate'],
    ['*', ['gzip'], 'gzip'],
    ['x-gzip', ['gzip'], 'gzip'],
    ['GZIP', ['gzip'], 'gzip'],
    ['identity, gzip;q=0.5', ['gzip'], null],
    ['identity;q=0.5, gzip;q=0.5', ['gzip'], 'gzip'],
    ['gzip;q=0', ['gzip'], null],
    ['gzip;q=nonsense', ['gzip'], null],
    ['deflate', ['gzip'], null],
  ])('for %j of %j is %s', async (accept, encodings, wanted) => {
    const answer = await appOf(() => TEXT, { encodings }).fetch(asking(accept));
    expect(answer.headers.get('content-encoding')).toBe(wanted);
    expect(await unpacked(answer)).toBe(TEXT);
  });

  test('is found in whatever a client makes up, as often as it likes', async () => {
    const app = appOf(() => TEXT, { encodings: ['gzip'] });
    for (let round = 0; round < 300; round++) {
      const answer = await app.fetch(
        asking(`x${round};q=0.${round % 10}, ,;;, "gzip", gzip;q=1;x=","`),
      );
      expect(answer.headers.get('content-encoding')).toBe('gzip');
    }
    const long = await app.fetch(asking(`${'a,'.repeat(5000)}gzip;q=0`));
    expect(long.headers.get('content-encoding')).toBeNull();
  });

  test('that the runtime does not have is left out', async () => {
    const answer = await appOf(() => TEXT, { encodings: ['zstd', 'gzip'] }).fetch(
      asking('zstd, gzip'),
    );
    expect(answer.headers.get('content-encoding')).toBe(HERE.includes('zstd') ? 'zstd' : 'gzip');
  });

  test('is taken by whoever refuses an answer as it is, however small it is and of whatever type', async () => {
    const app = createApp()
      .use(compress())
      .get('/', () => new Response('tiny', { headers: { 'content-type': 'image/png' } }));
    for (const accept of ['gzip, identity;q=0', 'gzip, *;q=0']) {
      const answer = await app.fetch(asking(accept));
      expect(answer.headers.get('content-encoding')).toBe('gzip');
      expect(await unpacked(answer)).toBe('tiny');
    }
  });

  test('that is refused together with the answer as it is makes a 406, but not of what was done', async () => {
    const app = createApp()
      .use(compress())
      .on(['GET', 'POST'], '/', () => TEXT)
      .get('/broken', () => {
        throw new HttpError(404);
      });
    const headers = { 'accept-encoding': 'compress, identity;q=0' };
    const refused = await app.fetch(get(headers));
    expect(refused.status).toBe(406);
    expect(refused.headers.get('vary')).toBe('Accept-Encoding');
    const posted = await app.fetch(get(headers, 'POST'));
    expect([posted.status, await posted.text()]).toEqual([200, TEXT]);
    expect((await app.fetch(new Request('http://host/broken', { headers }))).status).toBe(404);
  });
});

describe('the type', () => {
  const typed = (type: string | undefined, options?: CompressOptions): Promise<Response> =>
    createApp()
      .use(compress(options))
      .get('/', (ctx) => {
        ctx.response.body = new TextEncoder().encode(TEXT);
        if (type !== undefined) ctx.response.headers.set('Content-Type', type);
      })
      .fetch(asking('gzip'));

  test.each([
    'text/html; charset=utf-8',
    'TEXT/CSS',
    'application/json',
    'application/problem+json',
    'application/xml',
    'application/atom+xml',
    'text/javascript',
    'application/javascript',
    'image/svg+xml',
    'application/wasm',
    'application/x-ndjson',
    'font/ttf',
  ])('%s is packed', async (type) => {
    expect((await typed(type)).headers.get('content-encoding')).toBe('gzip');
  });

  test.each([
    undefined,
    'text/event-stream',
    'image/png',
    'application/zip',
    'application/octet-stream',
    'video/mp4',
    'font/woff2',
    'applicationx/json-not',
  ])('%s is not, and the answer varies by nothing', async (type) => {
    const { headers } = await typed(type);
    expect([headers.get('content-encoding'), headers.get('vary')]).toEqual([null, null]);
  });

  test('is what you say it is; events only by their own name', async () => {
    const coding = async (type: string, types: readonly string[]): Promise<string | null> =>
      (await typed(type, { types })).headers.get('content-encoding');
    expect(await coding('application/x-own', ['application/x-own'])).toBe('gzip');
    expect(await coding('text/plain', ['application/x-own'])).toBeNull();
    expect(await coding('text/event-stream', ['text/*'])).toBeNull();
    expect(await coding('text/event-stream', ['text/event-stream'])).toBe('gzip');
  });
});

describe('an answer is left alone', () => {
  test.each<[string, Record<string, string>, number]>([
    ['that is packed already', { 'content-encoding': 'br' }, 200],
    ['that nobody may change', { 'cache-control': 'public, No-Transform' }, 200],
    ['that is a part', { 'content-range': 'bytes 0-4199/9000' }, 206],
    ['that says its digest', { 'content-digest': 'sha-256=:AA==:' }, 200],
    ['that says its digest in the old way', { 'content-md5': 'AA==' }, 200],
  ])('%s', async (_, headers, status) => {
    const answer = await appOf(
      () => new Response(TEXT, { status, headers: { 'content-type': 'text/plain', ...headers } }),
    ).fetch(asking('gzip'));
    expect(answer.headers.get('content-encoding')).toBe(headers['content-encoding'] ?? null);
    expect(answer.headers.get('vary')).toBeNull();
    expect(await answer.text()).toBe(TEXT);
  });

  test.each([204, 205, 304])('with the status %i', async (status) => {
    const answer = await appOf(() => new Response(null, { status })).fetch(asking('gzip'));
    expect([answer.status, answer.headers.get('content-encoding')]).toEqual([status, null]);
  });

  test('where skip says so', async () => {
    const app = createApp()
      .use(compress({ skip: (ctx) => ctx.path === '/account' }))
      .get('/account', () => TEXT)
      .get('/', () => TEXT);
    const account = await app.fetch(
      new Request('http://host/account', { headers: { 'accept-encoding': 'gzip' } }),
    );
    expect(account.headers.get('content-encoding')).toBeNull();
    expect((await app.fetch(asking('gzip'))).headers.get('content-encoding')).toBe('gzip');
  });

  test('and its source told to stop, where skip fails', async () => {
    const ended: string[] = [];
    const app = appOf(() => new ReadableStream({ cancel: () => void ended.push('cancelled') }), {
      skip: () => {
        throw new Error('broken');
      },
    });
    const answer = await app.fetch(asking('gzip'));
    expect([answer.status, answer.headers.get('content-encoding'), ended]).toEqual([
      500,
      null,
      ['cancelled'],
    ]);
  });

  test('but identity is no coding', async () => {
    const answer = await appOf(
      () =>
        new Response(TEXT, {
          headers: { 'content-type': 'text/plain', 'content-encoding': 'identity' },
        }),
    ).fetch(asking('gzip'));
    expect(answer.headers.get('content-encoding')).toBe('gzip');
  });
});

describe('what the headers say', () => {
  test('a strong tag becomes weak, and parts are no longer on offer', async () => {
    const app = appOf(
      () =>
        new Response(TEXT, {
          headers: { 'content-type': 'text/plain', etag: '"a"', 'accept-ranges': 'bytes' },
        }),
    );
    const packed = await app.fetch(asking('gzip'));
    expect([packed.headers.get('etag'), packed.headers.get('accept-ranges')]).toEqual([
      'W/"a"',
      null,
    ]);
    const plain = await app.fetch(get());
    expect([plain.headers.get('etag'), plain.headers.get('accept-ranges')]).toEqual([
      '"a"',
      'bytes',
    ]);
  });

  test('a 304 has the tag by which the client knows the answer', async () => {
    const app = appOf(() => new Response(null, { status: 304, headers: { etag: '"a"' } }));
    const known = await app.fetch(get({ 'if-none-match': 'W/"a"', 'accept-encoding': 'gzip' }));
    expect([known.headers.get('etag'), known.headers.get('vary')]).toEqual([
      'W/"a"',
      'Accept-Encoding',
    ]);
    const plain = await app.fetch(get({ 'if-none-match': '"a"', 'accept-encoding': 'gzip' }));
    expect(plain.headers.get('etag')).toBe('"a"');
  });

  test('Vary keeps what it says', async () => {
    const answer = await appOf(
      () => new Response(TEXT, { headers: { 'content-type': 'text/plain', vary: 'Origin' } }),
    ).fetch(asking('gzip'));
    expect(answer.headers.get('vary')).toBe('Origin, Accept-Encoding');
  });

  test('HEAD is told what GET would be told', async () => {
    const whole = appOf(() => TEXT, { encodings: ['gzip'] });
    const streamed = appOf(() => piecesOf([TEXT]), { encodings: ['gzip'] });
    for (const app of [whole, streamed]) {
      const byGet = await app.fetch(asking('gzip'));
      const byHead = await app.fetch(get({ 'accept-encoding': 'gzip' }, 'HEAD'));
      expect([...byHead.headers]).toEqual([...byGet.headers]);
      expect(await byHead.text()).toBe('');
      await byGet.body?.cancel();
    }
  });
});

describe('a stream', () => {
  test.each(HERE)('is packed with %s piece by piece', async (coding) => {
    const pieces = Array.from({ length: 50 }, (_, index) => `${index} ${TEXT}`);
    const answer = await appOf(() => piecesOf(pieces), { encodings: [coding] }).fetch(
      asking(coding),
    );
    expect(answer.headers.get('content-encoding')).toBe(coding);
    expect(answer.headers.get('content-length')).toBeNull();
    expect(await unpacked(answer)).toBe(pieces.join(''));
  });

  test('of the web is packed, and so is one without a single byte', async () => {
    const web = await appOf(() => new Blob([TEXT, TEXT]).stream()).fetch(asking('gzip'));
    expect(await unpacked(web)).toBe(TEXT + TEXT);
    const empty = await appOf(() => piecesOf([])).fetch(asking('gzip'));
    expect(await unpacked(empty)).toBe('');
  });

  test('that says that it is small is left as it is', async () => {
    const app = createApp()
      .use(compress())
      .get('/', ({ response }) => {
        response.headers.set('Content-Type', 'text/plain');
        response.headers.set('Content-Length', 2);
        return piecesOf(['ab']);
      });
    const answer = await app.fetch(asking('gzip'));
    expect([answer.headers.get('content-encoding'), await answer.text()]).toEqual([null, 'ab']);
  });

  test.each(HERE)('is let out with %s whenever its source pauses', async (coding) => {
    const asked: (() => void)[] = [];
    const next = (): Promise<void> => new Promise((resolve) => asked.push(resolve));
    async function* source(): AsyncGenerator<Uint8Array> {
      for (let at = 0; ; at++) {
        yield new TextEncoder().encode(`event ${at}\n`);
        await next();
      }
    }
    const answer = await appOf(source, { encodings: [coding] }).fetch(asking(coding));
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
    const unpacker = codersHere().unpacker(coding, {
      bytes: (bytes) => (text += new TextDecoder().decode(bytes)),
      end() {},
      fail(error) {
        throw error;
      },
    });
    let text = '';
    for (let at = 0; at < 3; at++) {
      while (!text.includes(`event ${at}\n`)) {
        const { value } = await reader.read();
        await new Promise<void>((resolve) => unpacker.write(value as Uint8Array, resolve));
        await new Promise<void>((resolve) => unpacker.flush(resolve));
      }
      asked.shift()?.();
    }
    expect(text).toBe('event 0\nevent 1\nevent 2\n');
    unpacker.destroy();
    await reader.cancel();
  });

  test('is read no further ahead than one piece', async () => {
    let given = 0;
    async function* source(): AsyncGenerator<Uint8Array> {
      for (;;) {
        given++;
        yield crypto.getRandomValues(new Uint8Array(60_000));
      }
    }
    const answer = await appOf(source).fetch(asking('gzip'));
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
    await reader.read();
    const before = given;
    expect(before).toBeLessThanOrEqual(3);
    for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate);
    expect(given).toBe(before);
    await reader.cancel();
  });

  test.each<[string, () => unknown]>([
    ['gives what is no bytes', () => 7],
    [
      'throws when it is asked',
      () => {
        throw new Error('broken');
      },
    ],
  ])('that %s breaks the answer off', async (_, give) => {
    const source = {
      [Symbol.asyncIterator]: () => ({ next: async () => ({ done: false, value: give() }) }),
    };
    const answer = await appOf(() => source, { encodings: ['gzip'] }).fetch(asking('gzip'));
    await expect(answer.arrayBuffer()).rejects.toThrow();
  });

  test('that fails breaks the answer off', async () => {
    async function* source(): AsyncGenerator<Uint8Array> {
      yield new TextEncoder().encode(TEXT);
      throw new Error('broken');
    }
    const answer = await appOf(source, { encodings: ['gzip'] }).fetch(asking('gzip'));
    await expect(answer.arrayBuffer()).rejects.toThrow('broken');
  });

  test('whose reader leaves is told to stop, and gives its memory back', async () => {
    const made = vi.spyOn(zlib, 'createGzip');
    const ended: string[] = [];
    const pieces = Array.from({ length: 1000 }, () => TEXT);
    const app = appOf(() => piecesOf(pieces, (how) => ended.push(how)), { encodings: ['gzip'] });
    const reader = ((await app.fetch(asking('gzip'))).body as ReadableStream).getReader();
    await reader.read();
    await reader.cancel();
    expect(made.mock.results.map(({ value }) => (value as zlib.Gzip).destroyed)).toEqual([true]);
    expect(ended).toEqual(['left']);
    await (await app.fetch(asking('gzip'))).arrayBuffer();
    expect(ended).toEqual(['left', 'whole']);
    expect((made.mock.results[1] as { value: zlib.Gzip }).value.destroyed).toBe(true);
  });

  test('of the web that never gives anything is told to stop while it is asked', async () => {
    const cancelled = gate();
    const app = appOf(() => new ReadableStream({ cancel: () => cancelled.resolve() }));
    await using server = await app.serve();
    const sent = request(server.url, { headers: { 'accept-encoding': 'gzip' } });
    sent.on('error', () => {});
    sent.end();
    await once(sent, 'response');
    sent.destroy();
    await cancelled.promise;
  });

  test('that nobody reads makes nothing that packs', async () => {
    const made = vi.spyOn(zlib, 'createGzip');
    const ended: string[] = [];
    const answer = await appOf(() => piecesOf([TEXT], (how) => ended.push(how)), {
      encodings: ['gzip'],
    }).fetch(get({ 'accept-encoding': 'gzip' }, 'HEAD'));
    expect(answer.headers.get('content-encoding')).toBe('gzip');
    expect(made).not.toHaveBeenCalled();
  });
});

describe('on a connection', () => {
  test('an answer that fails in the middle does not look whole', async () => {
    const broken = gate();
    async function* source(): AsyncGenerator<Uint8Array> {
      yield new TextEncoder().encode(TEXT);
      await broken.promise;
      throw new Error('broken');
    }
    await using server = await appOf(source).serve();
    const sent = request(server.url, { headers: { 'accept-encoding': 'gzip' } }).end();
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    expect(response.headers).toMatchObject({
      'content-encoding': 'gzip',
      'transfer-encoding': 'chunked',
    });
    await once(response, 'data');
    const closed = new Promise((resolve) => response.on('close', resolve));
    response.on('error', () => {});
    broken.resolve();
    await closed;
    expect(response.complete).toBe(false);
  });

  test('a client that leaves ends the source and what packs', async () => {
    const made = vi.spyOn(zlib, 'createGzip');
    const ended = gate();
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield crypto.getRandomValues(new Uint8Array(60_000));
      } finally {
        ended.resolve();
      }
    }
    await using server = await appOf(source, { encodings: ['gzip'] }).serve();
    const sent = request(server.url, { headers: { 'accept-encoding': 'gzip' } }).end();
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    await once(response, 'data');
    response.destroy();
    await ended.promise;
    expect((made.mock.results[0] as { value: zlib.Gzip }).value.destroyed).toBe(true);
  });

  test('an old client gets it without chunks, and one of HTTP/2 as well', async () => {
    const app = appOf(() => piecesOf([TEXT, TEXT]), { encodings: ['gzip'] });
    await using server = await app.serve({ h2c: true });
    const old = connect(server.port, '127.0.0.1');
    old.end('GET / HTTP/1.0\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n');
    const received = Buffer.concat(await old.toArray());
    const head = received.subarray(0, received.indexOf('\r\n\r\n') + 4);
    expect(head.toString()).not.toMatch(/transfer-encoding|content-length/i);
    expect(zlib.gunzipSync(received.subarray(head.length)).toString()).toBe(TEXT + TEXT);
    const session = connectHttp2(server.url);
    const stream = session.request({ ':path': '/', 'accept-encoding': 'gzip' });
    const [headers] = (await once(stream, 'response')) as [Record<string, string>];
    expect(headers['content-encoding']).toBe('gzip');
    const bytes = Buffer.concat((await stream.toArray()) as Buffer[]);
    expect(zlib.gunzipSync(bytes).toString()).toBe(TEXT + TEXT);
    session.close();
  });
});

describe('options', () => {
  test.each<[object, RegExp]>([
    [{ encodings: [] }, /`encodings` to be a list of codings/],
    [{ encodings: ['rar'] }, /`encodings` to be a list of zstd, br, gzip, deflate, got `rar`/],
    [{ minBytes: -1 }, /`minBytes` to be a whole number/],
    [{ levels: { br: 12 } }, /`levels\.br` to be 11 or less/],
    [{ levels: { gzip: 0 } }, /`levels\.gzip` to be a whole number, 1 or more/],
    [{ levels: { brotli: 4 } }, /Unknown option `brotli` of levels/],
    [{ types: 'text/*' }, /`types` to be a list of media types/],
    [{ skip: true }, /`skip` to be a function/],
    [{ threshold: 1 }, /Unknown option `threshold` of compress/],
  ])('%j is refused when the middleware is made', (options, message) => {
    expect(() => compress(options)).toThrow(message);
  });

  test('a level says how hard a coding tries', async () => {
    const text = Array.from({ length: 3000 }, (_, at) => `${at * at} `).join('');
    const sizeAt = async (level: number): Promise<number> => {
      const options = { encodings: ['gzip'], levels: { gzip: level } } as const;
      const answer = await appOf(() => text, options).fetch(asking('gzip'));
      return Number(answer.headers.get('content-length'));
    };
    expect(await sizeAt(1)).toBeGreaterThan(await sizeAt(9));
  });
});
