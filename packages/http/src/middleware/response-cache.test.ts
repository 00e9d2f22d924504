/** Tests of responseCache as a middleware: options, order, and that nothing waits where there is nothing to wait for. */
import { isThenable } from '@interpose/kernel';
import { fakeClock, settle } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import { createApp } from '../app.ts';
import { RequestContext } from '../context/context.ts';
import { HttpResponse } from '../context/response.ts';
import { memoryCacheStore, responseCache } from './response-cache.ts';

function contextOf(method: string, path: string, ...rawHeaders: string[]): RequestContext {
  return new RequestContext({
    method,
    target: path,
    rawHeaders: ['Host', 'host', ...rawHeaders],
    peer: { address: '192.0.2.1', port: 1 },
    local: { address: '192.0.2.2', port: 2 },
    secure: false,
    body: null,
    signal: new AbortController().signal,
    clientLeft: false,
    sentBytes: 0,
    onClientLeft() {},
    onSettled() {},
  });
}

const MINUTE = ['Cache-Control', 'max-age=60'] as const;

describe('responseCache', () => {
  test('answers from memory without waiting for anything', async () => {
    let calls = 0;
    const app = createApp()
      .use(responseCache())
      .get('/', (ctx) => {
        ctx.response.headers.set(...MINUTE);
        return String(++calls);
      });
    await app.run(contextOf('GET', '/'));
    const again = app.run(contextOf('GET', '/'));
    expect(isThenable(again)).toBe(false);
    expect(again).toMatchObject({ status: 200, body: new TextEncoder().encode('1') });
    expect(calls).toBe(1);
  });

  test.each(['POST', 'OPTIONS'])('waits for nothing when it hands on %s', (method) => {
    const app = createApp()
      .use(responseCache())
      .all('/', () => 'done');
    expect(isThenable(app.run(contextOf(method, '/')))).toBe(false);
  });

  test('gives those further in what those further out have put on the request', async () => {
    const seen: unknown[] = [];
    const app = createApp()
      .use((ctx, next) => {
        ctx.state['user'] = 'ann';
        ctx.requestId = 'id-1';
        ctx.clientAddress = '203.0.113.9';
        ctx.headers.set('X-Added', 'yes');
        return next(Object.assign(ctx, { tenant: 'tea' }));
      })
      .use(responseCache())
      .get('/shop/:item', (ctx) => {
        const { state, requestId, clientAddress, headers, params } = ctx;
        const { tenant } = ctx as unknown as { tenant: string };
        seen.push(state['user'], requestId, clientAddress, headers.get('x-added'), params, tenant);
        return 'done';
      });
    await app.run(contextOf('GET', '/shop/cup?a'));
    expect(seen).toEqual(['ann', 'id-1', '203.0.113.9', 'yes', { item: 'cup' }, 'tea']);
  });

  test('takes an answer that was made beside the one of the request', async () => {
    const app = createApp()
      .use(responseCache())
      .use(async (_ctx, next) => {
        await next();
        const made = new HttpResponse();
        made.headers.set(...MINUTE);
        made.headers.set('Content-Type', 'text/plain');
        made.body = 'made';
        return made;
      })
      .get('/', () => 'handler');
    const ask = async () => (await app.fetch(new Request('http://host/'))).text();
    expect([await ask(), await ask()]).toEqual(['made', 'made']);
  });

  test('stands before some paths only, and renews there as well', async () => {
    const clock = fakeClock();
    let calls = 0;
    const app = createApp()
      .useAt('/cached', responseCache({ clock }))
      .get('/*', (ctx) => {
        ctx.response.headers.set('Cache-Control', 'max-age=5, stale-while-revalidate=60');
        return String(++calls);
      });
    const ask = async (path: string) => (await app.fetch(new Request(`http://host${path}`))).text();
    expect([await ask('/a'), await ask('/a')]).toEqual(['1', '2']);
    expect([await ask('/cached/a'), await ask('/cached/a')]).toEqual(['3', '3']);
    await clock.advance(6_000);
    expect(await ask('/cached/a')).toBe('3');
    await settle();
    expect(await ask('/cached/a')).toBe('4');
  });

  test('says nothing of itself if it is told to', async () => {
    const app = createApp()
      .use(responseCache({ cacheStatus: false }))
      .get('/', () => 'done');
    const answer = await app.fetch(new Request('http://host/'));
    expect(answer.headers.has('cache-status')).toBe(false);
  });

  test.each<[string, object]>([
    ['store', { store: {} }],
    ['maxEntryBytes', { maxEntryBytes: -1 }],
    ['maxVariants', { maxVariants: 0 }],
    ['key', { key: 'path' }],
    ['targets', { targets: 'CDN-Cache-Control' }],
    ['targets', { targets: ['a b'] }],
    ['requestDirectives', { requestDirectives: 'yes' }],
    ['heuristicFraction', { heuristicFraction: 1.1 }],
    ['heuristicFraction', { heuristicFraction: Number.NaN }],
    ['storeCookies', { storeCookies: 'no' }],
    ['staleIfErrorMs', { staleIfErrorMs: -1 }],
    ['tagHeader', { tagHeader: 'a b' }],
    ['cacheStatus', { cacheStatus: '' }],
    ['cacheStatus', { cacheStatus: true }],
    ['cacheStatus', { cacheStatus: 'a\r\nb' }],
    ['waitMs', { waitMs: 'long' }],
    ['unsharedMs', { unsharedMs: -1 }],
    ['backgroundMs', { backgroundMs: 0 }],
    ['onStoreError', { onStoreError: true }],
    ['maxEntryByte', { maxEntryByte: 1 }],
  ])('refuses an option `%s` that is none: %j', (name, options) => {
    expect(() => responseCache(options)).toThrow(`\`${name}\``);
  });

  test('two apps with one store share what is stored', async () => {
    const store = memoryCacheStore();
    const apps = ['one', 'two'].map((name) =>
      createApp()
        .use(responseCache({ store }))
        .get('/', (ctx) => {
          ctx.response.headers.set(...MINUTE);
          return name;
        }),
    );
    const texts = [];
    for (const app of apps) texts.push(await (await app.fetch(new Request('http://host/'))).text());
    expect(texts).toEqual(['one', 'one']);
  });
});
