/** node:http under the contract of the adapters: listeners, and nothing else. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { json } from 'node:stream/consumers';
import { contextOf, nodeMiddleware, toNode } from '../src/adapters/node.ts';
import { endless, type Host, type HostSetup, listening, pieces } from './host-kit.ts';

type Listener = (req: IncomingMessage, res: ServerResponse) => unknown;

/** node:http. */
export const nodeHost: Host = {
  name: 'node:http',
  handlesErrors: false,
  keepsHeadersOnErrors: true,
  canParse: false,
  at: (path) => ({ mount: { prefix: path } }),
  start: (setup) => listening(createServer(build(setup))),
};

function build({ app, mount, around }: HostSetup): Listener {
  const mounted = app && toNode(app, mount);
  const inner: Listener = (req, res) =>
    mounted ? mounted(req, res, () => own(req, res)) : own(req, res);
  if (!around) return inner;
  const guarded = nodeMiddleware(...around);
  return (req, res) => guarded(req, res, () => inner(req, res));
}

const ROUTES: Readonly<Record<string, Listener>> = {
  '/host/json': (_req, res) => {
    res.setHeader('X-Host', '1');
    res.appendHeader('Set-Cookie', 'host=1').appendHeader('Set-Cookie', 'second=2');
    res.writeHead(200, { 'Content-Type': 'application/json', Vary: 'Origin' });
    res.end(JSON.stringify({ host: true }));
  },
  '/host/echo': async (req, res) => {
    const got = await json(req);
    res.setHeader('Content-Type', 'application/json');
    res.end(JSON.stringify({ got }));
  },
  '/host/stream': (_req, res) => Readable.from(pieces(3)).pipe(res),
  '/host/large': (_req, res) => Readable.from(pieces(64, 65_536)).pipe(res),
  '/host/events': (_req, res) => {
    res.writeHead(200, 'OK', ['Content-Type', 'text/event-stream']);
    const events = Readable.from(endless('node:http'));
    res.on('close', () => events.destroy());
    events.pipe(res);
  },
  '/host/empty': (_req, res) => res.writeHead(204).end(),
  '/host/show': (req, res) => res.end(req.headers['x-given'] ?? 'nothing'),
  '/host/context': (req, res) => res.end(contextOf(req)?.requestId ?? 'none'),
  '/host/never': () => undefined,
  '/host/error': () => {
    throw new Error('the host failed');
  },
};

function own(req: IncomingMessage, res: ServerResponse): unknown {
  const route = ROUTES[(req.url ?? '/').replace(/\?.*/, '')];
  if (route) return route(req, res);
  res.statusCode = 404;
  return res.end('the host has nothing');
}
