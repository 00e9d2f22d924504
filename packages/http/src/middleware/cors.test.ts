/** Tests of cors. */
import { describe, expect, test } from 'vitest';
import { createApp } from '../app.ts';
import { HttpError } from '../errors.ts';
import { cors, type CorsOptions } from './cors.ts';

const APP = 'https://app.example.com';
const LIST = 'Content-Type, X-Requested-With, Origin, Accept, Authorization';

function makeApp(options?: CorsOptions) {
  const ran: string[] = [];
  const app = createApp()
    .use(cors(options))
    .use(function key(ctx, next) {
      if (ctx.path === '/locked') throw new HttpError(401);
      return next(ctx);
    })
    .on(['GET', 'PUT', 'OPTIONS'], '/', (ctx) => {
      ran.push(ctx.method);
      return 'fine';
    })
    .get('/vary', (ctx) => {
      ctx.response.headers.set('Vary', 'Accept');
      return 'fine';
    })
    .get(
      '/own',
      () => new Response('', { headers: { 'Access-Control-Allow-Origin': 'x', Vary: 'B' } }),
    )
    .get('/later', async () => {
      await Promise.resolve();
      throw new Error('later');
    })
    .get('/throws', () => {
      throw new Error('x');
    });
  const ask = async (path: string, headers: Record<string, string> = {}, method = 'GET') => {
    const answer = await app.fetch(new Request(`http://host${path}`, { method, headers }));
    return { status: answer.status, headers: Object.fromEntries(answer.headers), answer };
  };
  return { ask, ran };
}

const preflight = (method = 'GET', headers = ''): Record<string, string> => ({
  Origin: APP,
  'Access-Control-Request-Method': method,
  ...(headers && { 'Access-Control-Request-Headers': headers }),
});

describe('permissive, as it is without options', () => {
  test('F-50 F-51 any origin may read, and the lists are those of the seed', async () => {
    const { ask } = makeApp();
    const { status, headers } = await ask('/', { Origin: 'http://example.com' });
    expect(status).toBe(200);
    expect(headers['access-control-allow-origin']).toBe('*');
    expect(headers['access-control-expose-headers']).toBe(LIST);
    expect(headers['access-control-allow-credentials']).toBeUndefined();
    expect(headers['vary']).toBeUndefined();
    const { headers: lists } = await ask('/', preflight(), 'OPTIONS');
    expect(lists).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'GET, POST, HEAD',
      'access-control-allow-headers': LIST,
      'access-control-max-age': '600',
    });
  });

  test('F-50 F-112 never any origin with credentials: that is warned of, and goes without', async () => {
    const warned: string[] = [];
    const given = cors({ credentials: true, onWarning: (warning) => warned.push(warning) });
    expect(warned).toEqual([
      'cors: any origin may read the answers; name the origins in production',
      'cors: credentials are not allowed, as any origin is; name the origins',
    ]);
    expect(given.warnings).toEqual(warned);
    const { ask } = makeApp({ credentials: true });
    const { headers } = await ask('/', { Origin: APP, Cookie: 'a=b' });
    expect(headers['access-control-allow-origin']).toBe('*');
    expect(headers['access-control-allow-credentials']).toBeUndefined();
  });

  test('F-50 with named origins credentials are allowed, to those', async () => {
    const { ask } = makeApp({ origins: [APP] });
    expect((await ask('/', { Origin: APP })).headers).toMatchObject({
      'access-control-allow-origin': APP,
      'access-control-allow-credentials': 'true',
      vary: 'Origin',
    });
    const other = await ask('/', { Origin: 'https://evil.example' });
    expect([other.status, other.headers['access-control-allow-origin']]).toEqual([200, undefined]);
    expect(other.headers['vary']).toBe('Origin');
  });

  test('F-112 warns of what should not go into production, and of nothing else', () => {
    expect(cors({ origins: ['http://app.example.com'] }).warnings[0]).toContain('without TLS');
    expect(cors({ origins: [APP], exposeHeaders: ['Set-Cookie'] }).warnings[0]).toContain('secret');
    expect(cors({ origins: [APP], headers: ['*'] }).warnings[0]).toContain('`*`');
    expect(cors({ origins: [APP, 'http://localhost:3000'] }).warnings).toEqual([]);
  });
});

describe('a preflight', () => {
  test('F-52 is answered at once, before anybody asks for a key, and no handler runs', async () => {
    const { ask, ran } = makeApp();
    for (const path of ['/', '/locked', '/nowhere']) {
      const { status, headers, answer } = await ask(
        path,
        preflight('POST', 'content-type, AUTHORIZATION'),
        'OPTIONS',
      );
      expect([status, await answer.text()]).toEqual([204, '']);
      expect(headers['vary']).toBe('Access-Control-Request-Method, Access-Control-Request-Headers');
    }
    expect(ran).toEqual([]);
  });

  test.each([
    ['another method', preflight('DELETE'), 'METHOD_NOT_ALLOWED_FOR_ORIGIN'],
    ['another header', preflight('GET', 'accept, x-secret'), 'HEADER_NOT_ALLOWED_FOR_ORIGIN'],
    ['another origin', { ...preflight(), Origin: 'https://evil.example' }, 'ORIGIN_NOT_ALLOWED'],
  ])('F-52 that asks for %s is refused', async (_, headers, code) => {
    const { ask } = makeApp({ origins: [APP] });
    const { status, answer, headers: got } = await ask('/', headers, 'OPTIONS');
    expect([status, await answer.json()]).toMatchObject([403, { code }]);
    expect(got['access-control-allow-methods']).toBeUndefined();
  });

  test('F-55 an OPTIONS that is none goes to the route', async () => {
    const { ask, ran } = makeApp();
    expect((await ask('/', { Origin: APP }, 'OPTIONS')).status).toBe(200);
    expect((await ask('/', {}, 'OPTIONS')).status).toBe(200);
    expect(ran).toEqual(['OPTIONS', 'OPTIONS']);
  });
});

describe('any answer', () => {
  test('F-53 gets its Vary added to what is there, wherever the answer depends on the origin', async () => {
    const { ask } = makeApp({ origins: [APP] });
    expect((await ask('/vary', { Origin: APP })).headers['vary']).toBe('Accept, Origin');
    expect((await ask('/own', { Origin: APP })).headers['vary']).toBe('B, Origin');
    expect((await ask('/vary')).headers['vary']).toBe('Accept, Origin');
    expect((await makeApp().ask('/vary', { Origin: APP })).headers['vary']).toBe('Accept');
  });

  test('F-54 has no headers of CORS without an origin', async () => {
    for (const options of [{}, { origins: [APP] }]) {
      const { headers } = await makeApp(options).ask('/');
      expect(Object.keys(headers).filter((name) => name.startsWith('access-'))).toEqual([]);
    }
  });

  test('F-56 has them also when it is an error', async () => {
    const { ask } = makeApp({ origins: [APP] });
    for (const [path, status] of [
      ['/locked', 401],
      ['/nowhere', 404],
      ['/throws', 500],
      ['/later', 500],
    ] as const) {
      const got = await ask(path, { Origin: APP });
      expect([got.status, got.headers['access-control-allow-origin']]).toEqual([status, APP]);
    }
    expect((await ask('/', { Origin: APP }, 'DELETE')).headers).toMatchObject({
      'access-control-allow-origin': APP,
    });
  });

  test('says what is said here, and not what the handler says', async () => {
    const { ask } = makeApp();
    expect((await ask('/own', { Origin: APP })).headers['access-control-allow-origin']).toBe('*');
    expect((await ask('/own')).headers['access-control-allow-origin']).toBeUndefined();
  });
});

describe('strict', () => {
  const strict: CorsOptions = { preset: 'strict', origins: [APP] };

  test('G-120 G-124 has the lists of the gateway', async () => {
    const { ask } = makeApp(strict);
    const { status, headers } = await ask('/', preflight('PUT', 'x-request-id'), 'OPTIONS');
    expect(status).toBe(204);
    expect(headers).toMatchObject({
      'access-control-allow-origin': APP,
      'access-control-allow-credentials': 'true',
      'access-control-allow-methods': 'GET, POST, PUT, DELETE, OPTIONS',
      'access-control-allow-headers': 'Content-Type, Authorization, X-Request-ID',
      'access-control-max-age': '3600',
      vary: 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers',
    });
  });

  test('G-125 an actual request may read what is exposed', async () => {
    const { headers } = await makeApp(strict).ask('/', { Origin: APP });
    expect(headers).toMatchObject({
      'access-control-allow-origin': APP,
      'access-control-expose-headers': 'X-Request-ID',
      vary: 'Origin',
    });
  });

  test('G-123 a request from another origin is refused, and no handler runs', async () => {
    const { ask, ran } = makeApp(strict);
    for (const Origin of ['https://evil.example', 'null']) {
      const { status, headers, answer } = await ask('/', { Origin });
      expect([status, await answer.json()]).toMatchObject([403, { code: 'ORIGIN_NOT_ALLOWED' }]);
      expect(headers['access-control-allow-origin']).toBeUndefined();
    }
    expect(ran).toEqual([]);
    // A page of this host, and whoever is no page, needs no leave.
    expect((await ask('/', { Origin: 'http://host' })).status).toBe(200);
    expect((await ask('/')).status).toBe(200);
  });

  test('G-121 wants origins, and never any with credentials', () => {
    expect(() => cors({ preset: 'strict' })).toThrow('`cors.origins`');
    expect(() => cors({ preset: 'strict', origins: ['*'], credentials: true })).toThrow(
      'cors: cannot use credentials with wildcard origin',
    );
    expect(() => cors({ preset: 'lax' } as never)).toThrow('`preset`');
    expect(() => cors({ origin: APP } as never)).toThrow('Did you mean "origins"?');
  });

  test('G-126 can be changed while it runs, for one part of the routes only; what is wrong changes nothing', async () => {
    const inner = cors(strict);
    const app = createApp().get('/open', () => 'open');
    app.group('/api', (api) => api.use(inner).get('/', () => 'fine'));
    const from = async (Origin: string, path = '/api'): Promise<number> =>
      (await app.fetch(new Request(`http://host${path}?a=1`, { headers: { Origin } }))).status;
    expect([await from(APP), await from('https://b.example')]).toEqual([200, 403]);
    expect(await from('https://b.example', '/open')).toBe(200);
    inner.reconfigure({ preset: 'strict', origins: ['https://b.example'] });
    expect(() => inner.reconfigure({ origins: ['nonsense'] })).toThrow('origins such as');
    expect([await from(APP), await from('https://b.example')]).toEqual([403, 200]);
  });
});
