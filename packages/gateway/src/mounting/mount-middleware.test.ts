/** Tests of middleware in the five phases, on real sockets. */
import type { HttpContext, HttpMiddleware, HttpResponse } from '@interpose/http';
import { HttpError } from '@interpose/http';
import { repeats } from '@interpose/kernel';
import { describe, expect, test } from 'vitest';
import { open, routeOf, send, startGateway, startProxied } from '../../test-kit/loopback.ts';
import type { GatewayContext } from '../context.ts';
import type { PluginParts } from '../definition/plugin.ts';
import type { MountedMiddleware } from './mounted-middleware.ts';
import { mountMiddleware, type MountOptions } from './mount-middleware.ts';

const fine = routeOf({ respond: { status: 200, body: 'fine' } });

async function start(
  middleware: MountedMiddleware,
  options: MountOptions = {},
  others: PluginParts = {},
) {
  const started = await startGateway({ routes: [fine] });
  started.gateway.registry.add(mountMiddleware(middleware, options), { name: 'mounted' });
  started.gateway.registry.add(others, { name: 'other' });
  return started;
}

function deferred<T>() {
  let resolve = (_value: T): void => {};
  const promise = new Promise<T>((settle) => (resolve = settle));
  return { promise, resolve };
}

const marking: HttpMiddleware = async (_ctx, next) => {
  const response = await next();
  response.headers.set('X-Seen', response.status);
  return response;
};

describe('a middleware that spans the request', () => {
  test('begins in access, waits for the answer, and changes it', async () => {
    const seen: string[] = [];
    const { url } = await start(
      async (ctx, next) => {
        seen.push(`in ${ctx.phase}`);
        const response = await next();
        seen.push(`back ${ctx.phase} ${response.status}`);
        response.headers.set('X-Back', '1');
        return response;
      },
      { priority: 50 },
      {
        access: { handle: () => void seen.push('access') },
        content: { handle: () => void seen.push('content') },
      },
    );
    const { status, text, headers } = await send(url);
    expect([status, text, headers['x-back']]).toEqual([200, 'fine', '1']);
    expect(seen).toEqual(['in access', 'access', 'content', 'back headerFilter 200']);
  });

  test('is nested with others: the first in is the last back', async () => {
    const { url, gateway } = await startGateway({ routes: [fine] });
    const seen: string[] = [];
    const telling =
      (name: string): HttpMiddleware =>
      async (_ctx, next) => {
        seen.push(`${name} in`);
        const response = await next();
        seen.push(`${name} back`);
        return response;
      };
    for (const [name, priority] of [
      ['b', 20],
      ['a', 10],
    ] as const) {
      gateway.registry.add(mountMiddleware(telling(name), { priority }), { name });
    }
    await send(url);
    expect(seen).toEqual(['a in', 'b in', 'b back', 'a back']);
  });

  test('may answer in the place of everything further in', async () => {
    let contents = 0;
    const { url } = await start(
      ({ response }) => {
        response.body = 'mine';
        return response;
      },
      {},
      { content: { handle: () => void contents++ } },
    );
    expect(await send(url)).toMatchObject({ status: 200, text: 'mine' });
    expect(contents).toBe(0);
  });

  test('may answer late in the place of everything further in', async () => {
    const { url } = await start(async ({ response }) => {
      await Promise.resolve();
      response.status = 202;
      return response;
    });
    expect(await send(url)).toMatchObject({ status: 202, text: '' });
  });

  test('refuses by what it throws, at once and late', async () => {
    for (const refuse of [
      () => {
        throw new HttpError(418);
      },
      async () => {
        await Promise.resolve();
        throw new HttpError(418);
      },
    ] as unknown as MountedMiddleware[]) {
      const { url } = await start(refuse);
      expect((await send(url)).json).toMatchObject({ status: 418 });
    }
  });

  test('sees refusals of others as failures, and their answers stay as they are if it hands them on', async () => {
    const seen: unknown[] = [];
    const { url } = await start(
      async (_ctx, next) => {
        try {
          return await next();
        } catch (error) {
          seen.push((error as HttpError).status);
          throw error;
        }
      },
      { priority: 1 },
      {
        access: {
          handle() {
            throw new HttpError(401, 'who are you', { headers: { 'WWW-Authenticate': 'Test' } });
          },
        },
      },
    );
    const answer = await send(url);
    expect(answer.json).toMatchObject({ status: 401, detail: 'who are you' });
    expect(answer.headers).toMatchObject({
      'www-authenticate': 'Test',
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
    });
    expect(seen).toEqual([401]);
  });

  test('learns of a failure of the content, and what it answers instead is sent', async () => {
    const { url, logger, ended } = await start(
      async ({ response }, next) => {
        try {
          return await next();
        } catch {
          response.body = 'instead';
          return response;
        }
      },
      {},
      {
        content: {
          handle() {
            throw new HttpError(429, 'later', { headers: { 'Retry-After': '9' } });
          },
        },
      },
    );
    const answer = await send(url);
    await ended();
    expect([answer.status, answer.text]).toEqual([200, 'instead']);
    expect(answer.headers['content-type']).toBeUndefined();
    expect(answer.headers['retry-after']).toBeUndefined();
    expect(logger.messages('error')).toEqual([]);
  });

  test('that fails on its way back fails the request, and the body that was to be sent is let go', async () => {
    const { url, logger, ended } = await start(async (_ctx, next) => {
      await next();
      throw new Error('secret reason');
    });
    const answer = await send(url);
    await ended();
    expect(answer.json).toMatchObject({ status: 500, code: 'INTERNAL_ERROR' });
    expect(answer.text).not.toContain('secret');
    expect(logger.messages('error')).toEqual(['Middleware error in mounted: secret reason']);
  });

  test('that answers before the rest has is a failure', async () => {
    const { url, logger, ended } = await start(async ({ response }, next) => {
      void next();
      response.status = 204;
      return response;
    });
    expect((await send(url)).status).toBe(500);
    await ended();
    expect(logger.messages('error').join()).toContain('mounted');
  });

  test('adds to what upstreams answer, and what it puts on the answer before is neither lost nor doubled', async () => {
    const { url, gateway } = await startProxied((_request, response) =>
      response.writeHead(200, { Vary: 'Accept', 'Set-Cookie': 'b=2', 'X-One': 'theirs' }).end('up'),
    );
    const setting: HttpMiddleware = async ({ response }, next) => {
      response.headers.append('Set-Cookie', 'a=1');
      response.headers.append('Vary', 'Origin');
      response.headers.set('X-One', 'ours');
      return next();
    };
    gateway.registry.add(mountMiddleware(setting), { name: 'setting' });
    const { headers } = await send(url);
    expect(headers['set-cookie']?.toSorted()).toEqual(['a=1', 'b=2']);
    expect(headers['vary']?.split(', ').toSorted()).toEqual(['Accept', 'Origin']);
    expect(headers['x-one']).toBe('theirs');
  });

  test('that hangs on its way back keeps nobody from the log, once the client has left', async () => {
    const hanging = deferred<void>();
    const { url, ended } = await start(async (_ctx, next) => {
      await next();
      hanging.resolve();
      return new Promise(() => {});
    });
    const request = open(url).end();
    await hanging.promise;
    request.destroy();
    await ended();
  });

  test('that hangs before it goes on keeps nobody from the log, once the client has left', async () => {
    const hanging = deferred<void>();
    const { url, ended, logger } = await start(() => {
      hanging.resolve();
      return new Promise(() => {});
    });
    const request = open(url).end();
    await hanging.promise;
    request.destroy();
    await ended();
    expect(logger.messages('error')).toEqual([]);
  });

  test('is told if the client has left before there was an answer', async () => {
    const [entered, told] = [deferred<void>(), deferred<string>()];
    const { url } = await start(
      async (_ctx, next) => {
        try {
          return await next();
        } catch (error) {
          told.resolve((error as Error).name);
          throw error;
        }
      },
      {},
      {
        content: {
          handle: (ctx) =>
            new Promise((resolve) => {
              ctx.onClientLeft(() => resolve(true));
              entered.resolve();
            }),
        },
      },
    );
    const request = open(url).end();
    await entered.promise;
    request.destroy();
    expect(await told.promise).toBe('ClientLeftError');
  });

  test('goes its way back for HEAD and for requests that no route matches', async () => {
    const { gateway, url } = await startGateway({ routes: [{ ...fine, path: '/a' }] });
    gateway.registry.add(mountMiddleware(marking), { name: 'marking' });
    expect((await send(`${url}/a`, { method: 'HEAD' })).headers['x-seen']).toBe('200');
    expect((await send(`${url}/b`)).status).toBe(404);
  });

  test('may hand on a context of its own making', async () => {
    const { url } = await start(
      (ctx, next) => next(Object.assign(ctx, { user: 'ann' })),
      {},
      { content: { handle: (ctx) => ctx.exit(200, (ctx as { user?: string }).user) } },
    );
    expect((await send(url)).text).toBe('ann');
  });
});

describe('a middleware that spans access', () => {
  test('refuses, answers, or lets pass, at once and late', async () => {
    const guard: HttpMiddleware = (ctx, next) => {
      if (ctx.path === '/refuse') throw new HttpError(403);
      if (ctx.path === '/answer') {
        ctx.response.body = 'mine';
        return ctx.response;
      }
      return next();
    };
    const late: HttpMiddleware = async (ctx, next) => {
      await Promise.resolve();
      return guard(ctx, next);
    };
    for (const middleware of [guard, late]) {
      const { url } = await start(middleware, { spans: 'access' });
      expect((await send(`${url}/refuse`)).status).toBe(403);
      expect(await send(`${url}/answer`)).toMatchObject({ status: 200, text: 'mine' });
      expect(await send(url)).toMatchObject({ status: 200, text: 'fine' });
    }
  });

  test('costs no promise where it does not wait', async () => {
    const { access } = mountMiddleware((_ctx: HttpContext, next) => next(), { spans: 'access' });
    const { gateway, url } = await startGateway({ routes: [fine] });
    const results: unknown[] = [];
    gateway.registry.add(
      { access: { handle: (ctx) => void results.push(access?.handle(ctx)) } },
      { name: 'probe' },
    );
    await send(url);
    expect(results).toEqual([true]);
  });

  test('cannot look into an answer that is not there yet', async () => {
    const { url } = await start(marking, { spans: 'access' });
    expect((await send(url)).status).toBe(500);
  });
});

describe('a middleware that spans the content', () => {
  test('stands inside of access and outside of the upstream, and learns of its failure', async () => {
    const { url, upstream, gateway } = await startProxied((_request, response) =>
      response.destroy(),
    );
    const seen: string[] = [];
    gateway.registry.add(
      mountMiddleware(
        async (ctx: GatewayContext, next): Promise<HttpResponse> => {
          try {
            return (await next()) as HttpResponse;
          } catch (error) {
            seen.push((error as HttpError).code);
            ctx.response.body = 'instead';
            return ctx.response;
          }
        },
        { spans: 'content' },
      ),
      { name: 'around' },
    );
    expect(upstream.url).toContain('http');
    expect(await send(url, { method: 'POST' })).toMatchObject({ status: 200, text: 'instead' });
    expect(seen).toHaveLength(1);
  });

  test('may run it again, and can be switched off', async () => {
    let runs = 0;
    const twice = repeats<GatewayContext, HttpResponse>(async (_ctx, next) => {
      await next();
      return next();
    });
    const { url, gateway } = await start(
      twice,
      { spans: 'content' },
      { content: { handle: () => void runs++ } },
    );
    await send(url);
    expect(runs).toBe(2);
    await gateway.registry.setState('mounted', 'disabled');
    await send(url);
    expect(runs).toBe(3);
    await gateway.registry.setState('mounted', 'active');
    await send(url);
    expect(runs).toBe(5);
  });

  test('is shown by explain, and stands inside of those that come later in the order', async () => {
    const { gateway } = await startGateway({ routes: [fine] });
    const passing: MountedMiddleware = (_ctx, next) => next(_ctx);
    for (const [name, priority] of [
      ['inner', 2],
      ['outer', 1],
    ] as const) {
      gateway.registry.add(mountMiddleware(passing, { spans: 'content', priority }), { name });
    }
    expect(gateway.explain().otherwise.around).toEqual(['outer', 'inner']);
  });
});

describe('a middleware that spans the answer', () => {
  test('sees it when both filters have been through with it', async () => {
    const seen: unknown[] = [];
    const { url } = await start(
      (_ctx, next) => {
        const response = next() as HttpResponse;
        seen.push(Buffer.from(response.body as Uint8Array).toString());
        response.headers.set('X-Last', '1');
        return response;
      },
      { spans: 'answer' },
      {
        bodyFilter: {
          handle: (_ctx, chunk) => Buffer.from(chunk).toString().toUpperCase(),
        },
      },
    );
    const { text, headers } = await send(url);
    expect([text, headers['x-last'], seen]).toEqual(['FINE', '1', ['FINE']]);
  });

  test('may wait, and its failure takes the place of the answer', async () => {
    const { url } = await start(
      async (ctx, next) => {
        await Promise.resolve();
        if (ctx.path === '/fail') throw new HttpError(412);
        if (ctx.path === '/break') throw new Error('x');
        return next();
      },
      { spans: 'answer' },
    );
    expect((await send(url)).text).toBe('fine');
    expect((await send(`${url}/fail`)).json).toMatchObject({ status: 412 });
    expect((await send(`${url}/break`)).json).toMatchObject({ status: 500 });
  });
});

test.each(['request', 'content', 'answer'] as const)(
  'ctx.exit ends the request on the way back of one that spans the %s',
  async (spans) => {
    const { url, logger, ended } = await start(
      async (ctx, next) => {
        await next();
        return ctx.exit(410, { gone: ctx.path });
      },
      { spans },
    );
    const answer = await send(`${url}/x`);
    expect([answer.status, answer.json]).toEqual([410, { gone: '/x' }]);
    await ended();
    expect(logger.messages('error')).toEqual([]);
  },
);

test('a request under way keeps what is mounted, whatever is switched or reloaded meanwhile', async () => {
  const [entered, goOn] = [deferred<void>(), deferred<void>()];
  const { url, gateway } = await start(
    marking,
    {},
    {
      content: {
        handle() {
          entered.resolve();
          return goOn.promise;
        },
      },
    },
  );
  const answer = send(url);
  await entered.promise;
  await gateway.registry.setState('mounted', 'disabled');
  await gateway.reload({ ...gateway.config, plugins: [{ name: 'request-id', options: {} }] });
  goOn.resolve();
  expect((await answer).headers['x-seen']).toBe('200');
  const next = await send(url);
  expect([next.headers['x-seen'], typeof next.headers['x-request-id']]).toEqual([
    undefined,
    'string',
  ]);
});

test('a span that there is not is refused', () => {
  expect(() => mountMiddleware(marking, { spans: 'log' as never })).toThrow(
    'Expected `spans` to be access, request, content or answer, got `log` (string).',
  );
});
