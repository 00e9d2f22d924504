/** Tests of staticFiles, on real files. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApp } from '../app.ts';
import { staticFiles, type StaticFilesOptions } from './static-files.ts';

const base = mkdtempSync(join(tmpdir(), 'static-files-'));
const root = join(base, 'public');
const LARGE = Uint8Array.from({ length: 200_000 }, (_, at) => at % 251);

beforeAll(() => {
  mkdirSync(join(root, 'sub/empty'), { recursive: true });
  mkdirSync(join(root, '.git'));
  writeFileSync(join(base, 'secret.txt'), 'outside');
  mkdirSync(join(base, 'public-not'));
  writeFileSync(join(base, 'public-not/secret.txt'), 'outside');
  const files: Readonly<Record<string, string | Uint8Array>> = {
    'index.html': '<h1>home</h1>',
    'sub/index.html': 'sub',
    'a.css': 'a {}',
    'a.js': 'plain js',
    'a.js.br': 'brotli js',
    'a.js.gz': 'gzip js',
    'old.js': 'new js',
    'old.js.gz': 'old gzip js',
    'a.png': 'png',
    'a.txt': '0123456789',
    'empty.txt': '',
    'a b ü.txt': 'odd name',
    'no-end': 'bytes',
    '.env': 'SECRET=1',
    '.git/config': 'hidden',
    'large.bin': LARGE,
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(root, name), content);
  utimesSync(join(root, 'old.js.gz'), 1, 1);
  symlinkSync(join(base, 'secret.txt'), join(root, 'link-out.txt'));
  symlinkSync(base, join(root, 'folder-out'));
  symlinkSync(join(root, 'a.txt'), join(root, 'link-in.txt'));
});
afterAll(() => rmSync(base, { recursive: true }));

const appOf = (options?: StaticFilesOptions) =>
  createApp()
    .get('/static/*', staticFiles(root, options))
    .get('/own/*', (ctx) => {
      ctx.response.headers.set('Cache-Control', 'no-store');
      return staticFiles(root)(ctx);
    });

const get = async (
  path: string,
  headers: Record<string, string> = {},
  { method = 'GET', ...options }: StaticFilesOptions & { method?: string } = {},
) => {
  const answer = await appOf(options).fetch(new Request(`http://host${path}`, { method, headers }));
  return {
    status: answer.status,
    headers: Object.fromEntries(answer.headers),
    text: await answer.text(),
  };
};

describe('a file', () => {
  test('F-93 F-40 comes with its type, its age and how long it may be kept', async () => {
    for (const [path, type] of [
      ['a.css', 'text/css; charset=utf-8'],
      ['a.js', 'text/javascript; charset=utf-8'],
      ['a.png', 'image/png'],
      ['a.txt', 'text/plain; charset=utf-8'],
      ['no-end', 'application/octet-stream'],
    ]) {
      const { status, headers } = await get(`/static/${path}`);
      expect([status, headers['content-type'], headers['cache-control']]).toEqual([
        200,
        type,
        'public, max-age=3600',
      ]);
      expect(headers['etag']).toMatch(/^"[\da-z]+-[\da-z]+"$/);
      expect(headers['last-modified']).toMatch(/ GMT$/);
      expect(headers['x-content-type-options']).toBe('nosniff');
    }
  });

  test('F-40 keeps the Cache-Control that a handler has set, and nothing else gets one', async () => {
    expect((await get('/own/a.css')).headers['cache-control']).toBe('no-store');
    const text = createApp().get('/', () => 'dynamic');
    const answer = await text.fetch(new Request('http://host/'));
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(answer.headers.get('cache-control')).toBeNull();
    expect((await get('/static/none')).headers['cache-control']).toBe('no-store');
  });

  test('is whole, whatever its size and name', async () => {
    expect((await get('/static/a.txt')).text).toBe('0123456789');
    expect((await get('/static/empty.txt')).headers['content-length']).toBe('0');
    expect((await get('/static/a%20b%20%C3%BC.txt')).text).toBe('odd name');
    expect((await get('/static/link-in.txt')).text).toBe('0123456789');
    await using server = await appOf().serve();
    const large = await fetch(`${server.url}/static/large.bin`);
    expect(large.headers.get('content-length')).toBe('200000');
    expect(new Uint8Array(await large.arrayBuffer())).toEqual(LARGE);
  });

  test('asked for with HEAD tells the same, without the body', async () => {
    const whole = await get('/static/large.bin');
    const head = await get('/static/large.bin', {}, { method: 'HEAD' });
    expect([head.status, head.text, head.headers]).toEqual([200, '', whole.headers]);
    const part = await get('/static/a.txt', { Range: 'bytes=0-1' }, { method: 'HEAD' });
    expect([part.status, part.headers['content-length']]).toEqual([200, '10']);
  });

  test('that the client has is not sent again', async () => {
    const { headers } = await get('/static/a.txt');
    const same = await get('/static/a.txt', { 'If-None-Match': headers['etag'] as string });
    expect([same.status, same.text, same.headers['etag']]).toEqual([304, '', headers['etag']]);
    expect(same.headers['cache-control']).toBe('public, max-age=3600');
    const since = { 'If-Modified-Since': headers['last-modified'] as string };
    expect((await get('/static/a.txt', since)).status).toBe(304);
    expect((await get('/static/a.txt', { 'If-None-Match': '"other"' })).status).toBe(200);
    expect((await get('/static/a.txt', { 'If-Match': '"other"' })).status).toBe(412);
  });

  test('that has changed has another tag', async () => {
    const before = (await get('/static/sub/')).headers['etag'];
    writeFileSync(join(root, 'sub/index.html'), 'bus');
    expect((await get('/static/sub/')).headers['etag']).not.toBe(before);
  });

  test('may be had in parts', async () => {
    const part = await get('/static/a.txt', { Range: 'bytes=2-4' });
    expect([part.status, part.text]).toEqual([206, '234']);
    expect(part.headers).toMatchObject({
      'content-range': 'bytes 2-4/10',
      'content-length': '3',
      'accept-ranges': 'bytes',
    });
    expect((await get('/static/a.txt', { Range: 'bytes=-2' })).text).toBe('89');
    const none = await get('/static/a.txt', { Range: 'bytes=20-' });
    expect([none.status, none.text, none.headers['content-range']]).toEqual([
      416,
      '',
      'bytes */10',
    ]);
    expect((await get('/static/a.txt', { Range: 'bytes=4-2' })).status).toBe(200);
  });

  test('may be had in several parts at once', async () => {
    const parts = await get('/static/a.txt', { Range: 'bytes=0-1,5-6,-1' });
    const boundary = /boundary=(\S+)$/.exec(parts.headers['content-type'] ?? '')?.[1];
    expect(parts.status).toBe(206);
    const head = (range: string): string =>
      `--${boundary}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Range: bytes ${range}/10\r\n\r\n`;
    expect(parts.text).toBe(
      `${head('0-1')}01\r\n${head('5-6')}56\r\n${head('9-9')}9\r\n--${boundary}--\r\n`,
    );
    expect(Number(parts.headers['content-length'])).toBe(parts.text.length);
  });

  test('is given in parts only of the state that the client has', async () => {
    const { headers } = await get('/static/a.txt');
    const Range = 'bytes=0-1';
    const same = { Range, 'If-Range': headers['etag'] as string };
    expect((await get('/static/a.txt', same)).status).toBe(206);
    expect((await get('/static/a.txt', { Range, 'If-Range': '"old"' })).status).toBe(200);
  });
});

describe('a file that was compressed beforehand', () => {
  test.each([
    ['br, gzip', 'br', 'brotli js'],
    ['gzip, br;q=0', 'gzip', 'gzip js'],
    ['*', 'br', 'brotli js'],
    ['identity', undefined, 'plain js'],
    ['', undefined, 'plain js'],
    ['br;q=0, *;q=0.0', undefined, 'plain js'],
  ])('goes to whoever accepts %j', async (accepts, coding, text) => {
    const got = await get('/static/a.js', { 'Accept-Encoding': accepts });
    expect([got.text, got.headers['content-encoding'], got.headers['vary']]).toEqual([
      text,
      coding,
      'Accept-Encoding',
    ]);
    expect(got.headers['content-type']).toBe('text/javascript; charset=utf-8');
  });

  test('has a tag of its own', async () => {
    const tags = await Promise.all(
      ['br', 'gzip', ''].map(async (one) => {
        const got = await get('/static/a.js', { 'Accept-Encoding': one });
        return got.headers['etag'];
      }),
    );
    expect(new Set(tags).size).toBe(3);
  });

  test('is left alone if it is older than the file, or if nobody wants it', async () => {
    const old = await get('/static/old.js', { 'Accept-Encoding': 'gzip' });
    expect([old.text, old.headers['vary']]).toEqual(['new js', undefined]);
    const off = await get('/static/a.js', { 'Accept-Encoding': 'gzip' }, { precompressed: false });
    expect([off.text, off.headers['vary']]).toEqual(['plain js', undefined]);
  });
});

describe('a folder', () => {
  test('answers with its page, at the address with a slash', async () => {
    expect((await get('/static/')).text).toBe('<h1>home</h1>');
    expect((await get('/static/sub/')).status).toBe(200);
    for (const path of ['/static', '/static/sub']) {
      const { status, headers } = await get(`${path}?a=1`);
      expect([status, headers['location']]).toEqual([308, `${path}/?a=1`]);
    }
  });

  test('without one is not there, and never lists what it has', async () => {
    for (const path of ['/static/sub/empty', '/static/sub/empty/']) {
      expect((await get(path)).status).toBe(404);
    }
    for (const path of ['/static', '/static/', '/static/sub', '/static/sub/']) {
      expect((await get(path, {}, { index: false })).status).toBe(404);
    }
  });
});

describe('what lies outside, or is hidden', () => {
  const OUTSIDE = [
    '/static/../secret.txt',
    '/static/..%2fsecret.txt',
    '/static/..%2Fsecret.txt',
    '/static/%2e%2e/secret.txt',
    '/static/%2e%2e%2fsecret.txt',
    '/static/..%5csecret.txt',
    '/static/sub/..%2f..%2fsecret.txt',
    '/static/..%252fsecret.txt',
    '/static/%2Fetc/passwd',
    '/static//etc/passwd',
    '/static/..%c0%afsecret.txt',
    '/static/../public-not/secret.txt',
    '/static/..%2Fpublic-not/secret.txt',
    '/static/link-out.txt',
    '/static/folder-out/secret.txt',
    '/static/folder-out/',
    '/static/.env',
    '/static/%2eenv',
    '/static/.git/config',
    '/static/.git/',
    '/static/a.txt%00.png',
    '/static/a.txt%0a',
    '/static/a.txt/',
    '/static/a.txt/x',
    '/static/C:%5csecret.txt',
    '/static/a.txt::$DATA',
    `/static/${'a'.repeat(300)}`,
    '/static/..\\secret.txt',
  ];

  test('F-93 cannot be had in any way of writing it', async () => {
    await using server = await appOf().serve();
    for (const target of OUTSIDE) {
      const socket = connect(server.port, '127.0.0.1');
      socket.write(`GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
      let text = '';
      for await (const chunk of socket) text += String(chunk);
      expect([target, text.split(' ')[1]]).toEqual([target, expect.stringMatching(/^40[04]$/)]);
      expect(text).not.toMatch(/outside|SECRET|hidden|root:/);
    }
  });

  test('F-93 nor by any name made of what is odd in names', async () => {
    const bits = [
      '..',
      '.',
      '/',
      '%2f',
      '%5c',
      '%00',
      'secret.txt',
      'folder-out',
      'sub',
      '%2e',
      '\\',
    ];
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...bits), { maxLength: 6 }), async (parts) => {
        const { text } = await get(`/static/${parts.join('')}`);
        expect(text).not.toContain('outside');
      }),
      { numRuns: 200 },
    );
  });
});

test('files are closed, whoever leaves when', async () => {
  const open = async (): Promise<number> => {
    const { readdir } = await import('node:fs/promises');
    return (await readdir('/proc/self/fd').catch(() => [])).length;
  };
  const before = await open();
  const app = appOf();
  for (let at = 0; at < 20; at++) {
    const answer = await app.fetch(new Request('http://host/static/large.bin'));
    if (at % 2) await answer.body?.cancel();
    else await answer.arrayBuffer();
    await get('/static/large.bin', {}, { method: 'HEAD' });
    await get('/static/large.bin', { Range: 'bytes=0-9,20-29' });
  }
  expect(await open()).toBeLessThanOrEqual(before + 1);
});

test.each([
  ['', {}, '`folder`'],
  ['x', { cache: 1 }, 'Unknown option `cache`'],
])('staticFiles(%j, %j) is refused', (folder, options, message) => {
  expect(() => staticFiles(folder, options as StaticFilesOptions)).toThrow(message);
});

test('a folder that is not there has no files', async () => {
  const app = createApp().get('/*', staticFiles(join(base, 'nowhere')));
  expect((await app.fetch(new Request('http://host/a.txt'))).status).toBe(404);
});
