/** Mounted in GraphQL Yoga, started on loopback and asked over HTTP. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { useInterpose } from '@interpose/graphql';
import { createYoga } from 'graphql-yoga';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { EXCHANGES, INTERNAL, library, mounted, post } from './library.ts';

// The server takes graphql-js as Node finds it; the bundler of the tests would find another copy of it.
vi.mock('graphql', async () => (await import('./same-graphql.ts')).graphql);

const servers: Server[] = [];
afterEach(async () => {
  await Promise.all(
    servers.splice(0).map((server) => {
      server.closeAllConnections();
      return new Promise((done) => server.close(done));
    }),
  );
});

async function start(options: Parameters<typeof createYoga>[0]): Promise<string> {
  const yoga = createYoga({ logging: false, ...options });
  const server = createServer((request, response) => void yoga(request, response));
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
}

describe('GraphQL Yoga', () => {
  test.each(EXCHANGES)('$name', async (exchange) => {
    const { parts } = mounted();
    const url = await start({ schema: library(), plugins: [useInterpose(parts)] });
    const { data, codes, text } = await post(url, exchange);
    expect(text).not.toMatch(INTERNAL);
    expect(codes).toEqual(exchange.code ? [exchange.code] : []);
    if (exchange.data !== undefined) expect(data).toEqual(exchange.data);
    else expect(data ?? null).toBeNull();
  });

  test('a schema that is chosen for each request is wrapped once, and never twice', async () => {
    const { parts, seen } = mounted();
    const schema = library();
    const url = await start({ schema: () => schema, plugins: [useInterpose(parts)] });
    const ask = EXCHANGES[0] as (typeof EXCHANGES)[0];
    await post(url, ask);
    const once = seen.length;
    await post(url, ask);
    expect(once).toBe(6);
    expect(seen).toHaveLength(2 * once);
  });

  test('events of a subscription pass the middleware, over server-sent events', async () => {
    const { parts, seen } = mounted();
    const url = await start({ schema: library(), plugins: [useInterpose(parts)] });
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify({ query: 'subscription { ticks }' }),
    });
    const text = await response.text();
    expect(text).toContain('{"data":{"ticks":1}}');
    expect(text).toContain('{"data":{"ticks":2}}');
    expect(seen).toEqual(['Subscription.ticks', 'Subscription.ticks']);
  });

  test('the signal of the request is the signal of the field', async () => {
    const signals: (AbortSignal | undefined)[] = [];
    const { parts } = mounted();
    const stack = (parts.fields as ReturnType<typeof import('@interpose/graphql').fields>).use(
      (ctx, next) => {
        signals.push(ctx.signal);
        return next(ctx);
      },
    );
    const url = await start({ schema: library(), plugins: [useInterpose({ fields: stack })] });
    await post(url, { name: '', query: '{ secret }' });
    expect(signals).toEqual([]);
    await post(url, { name: '', query: '{ books { title } }' });
    expect(signals[0]?.aborted).toBe(false);
  });
});
