/** Tests of what fetch handlers are given beside a request: addresses as hosts tell them, and whatever else is theirs. */
import { expectTypeOf } from 'expect-type';
import { describe, expect, test } from 'vitest';
import { createApp } from '../app.ts';
import { requestId } from '../middleware/request-id.ts';
import { fetchMiddleware, toFetch } from './fetch.ts';

const app = createApp().get('/*', (ctx) => ctx.clientAddress || 'nobody');
const request = (): Request => new Request('http://host/');

/** Like the server of Bun, which wants to be `this`. */
class BunServer {
  readonly #told = { address: '203.0.113.7' };

  requestIP(): { readonly address: string } {
    return this.#told;
  }
}

describe('the address of the client is the one that is told', () => {
  test.each<[string, unknown, string]>([
    ['by Bun', new BunServer(), '203.0.113.7'],
    ['by Deno', { remoteAddr: { transport: 'tcp', hostname: '203.0.113.7' } }, '203.0.113.7'],
    ['by Node', { incoming: { socket: { remoteAddress: '::ffff:10.0.0.1' } } }, '10.0.0.1'],
    ['by a framework on Bun', { server: new BunServer() }, '203.0.113.7'],
    ['by nobody: variables', { HOST: 'x', server: 'x' }, 'nobody'],
    ['by nobody: a connection that is gone', { requestIP: () => null }, 'nobody'],
    ['by nobody', undefined, 'nobody'],
    ['by nobody: null', null, 'nobody'],
    ['by nobody: text', 'text', 'nobody'],
  ])('%s', async (_, beside, address) => {
    expect(await (await app.fetch(request(), beside)).text()).toBe(address);
    expect(await (await toFetch(app)(request(), beside)).text()).toBe(address);
  });

  test('by a function', async () => {
    const fetch = toFetch(app, {
      address: (asked, env: { readonly header: string }) => asked.headers.get(env.header) ?? '',
    });
    expectTypeOf(fetch).parameters.toEqualTypeOf<[Request, { readonly header: string }]>();
    const asked = new Request('http://host/', { headers: { 'X-Client': '203.0.113.9' } });
    expect(await (await fetch(asked, { header: 'x-client' })).text()).toBe('203.0.113.9');
  });
});

test('what an app leaves alone is answered with a 404, or by the other handler', async () => {
  const options = { prefix: '/api' };
  expect((await toFetch(app, options)(request())).status).toBe(404);
  const both = toFetch(app, { ...options, otherwise: (_asked, env: string) => new Response(env) });
  expect(await (await both(request(), 'variables')).text()).toBe('variables');
});

test('a handler inside is given what the host hands over', async () => {
  const handler = fetchMiddleware(requestId())(
    (asked: Request, env: string, ctx: { readonly id: number }) =>
      new Response(`${asked.method} ${env} ${ctx.id}`),
  );
  const answer = await handler(request(), 'variables', { id: 7 });
  expect(await answer.text()).toBe('GET variables 7');
  expect(answer.headers.has('x-request-id')).toBe(true);
});

test('the request that a handler is given is the one that came, unless it has been changed', async () => {
  const given: Request[] = [];
  const handler = fetchMiddleware((ctx, next) => {
    if (ctx.query.has('changed')) ctx.headers.set('X-Given', '1');
    return next();
  })((asked) => {
    given.push(asked);
    return new Response(asked.headers.get('x-given'));
  });
  const plain = request();
  await handler(plain);
  const changed = new Request('http://host/?changed', { method: 'POST', body: 'abc' });
  expect(await (await handler(changed)).text()).toBe('1');
  expect(given[0]).toBe(plain);
  expect([given[1]?.method, await given[1]?.text()]).toEqual(['POST', 'abc']);
});
