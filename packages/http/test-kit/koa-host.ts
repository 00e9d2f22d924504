/** Koa under the contract of the adapters. */
import { createServer } from 'node:http';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import Koa from 'koa';
import { contextOf, koaMiddleware, toKoa } from '../src/adapters/koa.ts';
import { endless, type Host, type HostSetup, listening, pieces } from './host-kit.ts';

interface Parsed {
  body?: unknown;
  rawBody?: string;
}

/** Koa. */
export const koaHost: Host = {
  name: 'koa',
  handlesErrors: true,
  keepsHeadersOnErrors: true,
  canParse: true,
  at: (path) => ({ mount: { prefix: path } }),
  start: (setup) => {
    const callback = build(setup).callback();
    return listening(createServer((req, res) => void callback(req, res)));
  },
};

function build({ app, mount, around, parses }: HostSetup): Koa {
  const host = new Koa();
  host.silent = true;
  host.use(async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      ctx.status = 418;
      ctx.set('X-Host-Error', '1');
      ctx.body = { handled: (error as Error).message };
    }
  });
  if (around) host.use(koaMiddleware(...around));
  if (parses) host.use(parse);
  if (app) host.use(toKoa(app, mount));
  host.use(own);
  return host;
}

async function parse(ctx: Koa.Context, next: Koa.Next): Promise<void> {
  const request = ctx.request as Parsed;
  if (ctx.is('json', 'urlencoded')) {
    request.rawBody = await text(ctx.req);
    request.body = ctx.is('json')
      ? (JSON.parse(request.rawBody) as unknown)
      : Object.fromEntries(new URLSearchParams(request.rawBody));
  }
  await next();
}

const ROUTES: Readonly<Record<string, (ctx: Koa.Context) => unknown>> = {
  '/host/json': (ctx) => {
    ctx.set('X-Host', '1');
    ctx.append('Set-Cookie', 'host=1');
    ctx.append('Set-Cookie', 'second=2');
    ctx.vary('Origin');
    ctx.body = { host: true };
  },
  '/host/echo': async (ctx) => {
    ctx.body = { got: JSON.parse(await text(ctx.req)) as unknown };
  },
  '/host/stream': (ctx) => {
    ctx.body = Readable.from(pieces(3));
  },
  '/host/large': (ctx) => {
    ctx.body = Readable.from(pieces(64, 65_536));
  },
  '/host/events': (ctx) => {
    ctx.type = 'text/event-stream';
    ctx.body = Readable.from(endless('koa'));
  },
  '/host/empty': (ctx) => {
    ctx.status = 204;
  },
  '/host/show': (ctx) => {
    ctx.body = ctx.get('x-given') || 'nothing';
  },
  '/host/context': (ctx) => {
    ctx.body = contextOf(ctx)?.requestId ?? 'none';
  },
  '/host/never': () => new Promise(() => {}),
  '/host/error': () => {
    throw new Error('the host failed');
  },
};

async function own(ctx: Koa.Context): Promise<void> {
  const route = ROUTES[ctx.path];
  if (route) await route(ctx);
  else {
    ctx.status = 404;
    ctx.body = 'the host has nothing';
  }
}
