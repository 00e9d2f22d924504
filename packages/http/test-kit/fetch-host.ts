/** A host that takes a fetch handler, under the contract of the adapters: here Node with a server for such handlers. */
import type { Server } from 'node:http';
import { serve } from '@hono/node-server';
import { contextOf, fetchMiddleware, toFetch } from '../src/adapters/fetch.ts';
import { endless, type Host, type HostSetup, listening, pieces, webStream } from './host-kit.ts';

type Handler = (request: Request, ...beside: readonly unknown[]) => Promise<Response>;

/** A fetch handler. */
export const fetchHost: Host = {
  name: 'fetch',
  handlesErrors: true,
  keepsHeadersOnErrors: false,
  canParse: false,
  at: (path) => ({ mount: { prefix: path } }),
  start: (setup) => {
    const fetch = build(setup);
    const server = serve({ fetch, port: 0, hostname: '127.0.0.1' }) as Server;
    return new Promise((resolve) => {
      server.once('listening', () => resolve(listening(server)));
    });
  },
};

function build({ app, mount, around }: HostSetup): Handler {
  let handler: Handler = own;
  if (app) handler = toFetch(app, { ...mount, otherwise: handler });
  if (around) handler = fetchMiddleware(...around)(handler);
  return (request, ...beside) =>
    handler(request, ...beside).catch((error: Error) =>
      Response.json({ handled: error.message }, { status: 418, headers: { 'X-Host-Error': '1' } }),
    );
}

const ROUTES: Readonly<Record<string, (request: Request) => Response | Promise<Response>>> = {
  '/host/json': () => {
    const answer = Response.json({ host: true }, { headers: { 'X-Host': '1', Vary: 'Origin' } });
    answer.headers.append('Set-Cookie', 'host=1');
    answer.headers.append('Set-Cookie', 'second=2');
    return answer;
  },
  '/host/echo': async (request) => Response.json({ got: await request.json() }),
  '/host/stream': () => new Response(webStream(pieces(3))),
  '/host/large': () => new Response(webStream(pieces(64, 65_536))),
  '/host/events': () =>
    new Response(webStream(endless('fetch')), { headers: { 'Content-Type': 'text/event-stream' } }),
  '/host/empty': () => new Response(null, { status: 204 }),
  '/host/show': (request) => new Response(request.headers.get('x-given') ?? 'nothing'),
  '/host/context': (request) => new Response(contextOf(request)?.requestId ?? 'none'),
  '/host/never': () => new Promise(() => {}),
  '/host/error': () => {
    throw new Error('the host failed');
  },
};

async function own(request: Request): Promise<Response> {
  const route = ROUTES[new URL(request.url).pathname];
  return route ? route(request) : new Response('the host has nothing', { status: 404 });
}
