/** Hono under the contract of the adapters, on Node. */
import type { Server } from 'node:http';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { contextOf, honoMiddleware, toHono } from '../src/adapters/hono.ts';
import { endless, type Host, type HostSetup, listening, pieces, webStream } from './host-kit.ts';

/** Hono. */
export const honoHost: Host = {
  name: 'hono',
  handlesErrors: true,
  keepsHeadersOnErrors: true,
  canParse: true,
  at: (path) => ({ mount: { prefix: path } }),
  start: (setup) => {
    const { fetch } = build(setup);
    const server = serve({ fetch, port: 0, hostname: '127.0.0.1' }) as Server;
    return new Promise((resolve) => {
      server.once('listening', () => resolve(listening(server)));
    });
  },
};

function build({ app, mount, around, parses }: HostSetup): Hono {
  const host = new Hono();
  host.onError((error, c) => c.json({ handled: error.message }, 418, { 'X-Host-Error': '1' }));
  host.notFound((c) => c.text('the host has nothing', 404));
  if (around) host.use(honoMiddleware(...around));
  if (parses) {
    host.use(async (c, next) => {
      const type = c.req.header('content-type') ?? '';
      if (type.includes('json')) await c.req.json();
      else if (type.includes('urlencoded')) await c.req.text();
      await next();
    });
  }
  if (app) host.use(toHono(app, mount));
  host.get('/host/json', (c) => {
    c.header('X-Host', '1');
    c.header('Set-Cookie', 'host=1', { append: true });
    c.header('Set-Cookie', 'second=2', { append: true });
    c.header('Vary', 'Origin');
    return c.json({ host: true });
  });
  host.post('/host/echo', async (c) => c.json({ got: (await c.req.json()) as object }));
  host.get('/host/stream', (c) => c.body(webStream(pieces(3))));
  host.get('/host/large', (c) => c.body(webStream(pieces(64, 65_536))));
  host.get('/host/events', (c) =>
    c.body(webStream(endless('hono')), 200, { 'Content-Type': 'text/event-stream' }),
  );
  host.get('/host/empty', (c) => c.body(null, 204));
  host.get('/host/show', (c) => c.text(c.req.header('x-given') ?? 'nothing'));
  host.get('/host/context', (c) => c.text(contextOf(c)?.requestId ?? 'none'));
  host.get('/host/never', () => new Promise<Response>(() => {}));
  host.get('/host/error', () => {
    throw new Error('the host failed');
  });
  return host;
}
