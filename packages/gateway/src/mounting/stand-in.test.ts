/** Tests of contexts that middleware round the content make of their own. */
import { timeout } from '@interpose/http/middleware/timeout';
import { responseCache } from '@interpose/http/middleware/response-cache';
import { extend } from '@interpose/kernel';
import { describe, expect, test } from 'vitest';
import { routeOf, send, startGateway } from '../../test-kit/loopback.ts';
import type { PluginParts } from '../definition/plugin.ts';
import type { MountedMiddleware } from './mounted-middleware.ts';
import { mountMiddleware } from './mount-middleware.ts';

async function start(middleware: readonly MountedMiddleware[], content: PluginParts['content']) {
  const started = await startGateway({ routes: [routeOf({ respond: { status: 200 } })] });
  for (const [priority, one] of middleware.entries()) {
    started.gateway.registry.add(mountMiddleware(one, { spans: 'content', priority }), {
      name: `around-${priority}`,
    });
  }
  started.gateway.registry.add({ ...(content && { content }) }, { name: 'content' });
  return started;
}

describe('handlers of the content phase', () => {
  test.each([
    ['a copy', [(ctx, next) => next(extend(ctx, { more: 1 }))]],
    ['that of a timeout', [timeout()]],
    ['that of a cache', [responseCache()]],
    ['one inside of the other', [timeout(), responseCache(), timeout()]],
  ] as [string, MountedMiddleware[]][])(
    'are given a context that can all that theirs can: %s',
    async (_name, middleware) => {
      const seen: unknown[] = [];
      const { url, logger, ended } = await start(middleware, {
        handle(ctx) {
          seen.push(ctx.route?.name, ctx.phase, ctx.requestId.length > 0, ctx.clientAddress);
          ctx.response.headers.set('X-Content', ctx.requestId);
          ctx.exit(201, { path: ctx.path });
        },
      });
      const answer = await send(`${url}/x`);
      await ended();
      expect([answer.status, answer.json]).toEqual([201, { path: '/x' }]);
      expect(answer.headers['x-content']).toBeDefined();
      expect(seen).toEqual(['all', 'content', true, '127.0.0.1']);
      expect(logger.messages('error')).toEqual([]);
    },
  );

  test('fail and refuse through it as they do without', async () => {
    const { url, logger, ended } = await start([timeout(), responseCache()], {
      handle(ctx) {
        if (ctx.path === '/no') return { ok: false, error: 'closed', status: 451 };
        throw new Error('oops');
      },
    });
    expect((await send(`${url}/no`)).json).toMatchObject({ status: 451, detail: 'closed' });
    expect((await send(url)).json).toMatchObject({ status: 500, code: 'INTERNAL_ERROR' });
    await ended();
    expect(logger.messages('error').join()).toContain('oops');
  });
});
