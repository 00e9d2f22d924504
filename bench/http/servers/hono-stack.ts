/** Hono with its own middleware for ids and CORS. */
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { cors } from 'hono/cors';
import { requestId, type RequestIdVariables } from 'hono/request-id';
import { announce } from '../../processes/announce.ts';
import { CORS, EventRing, ID_HEADER, isRightKey, KEY_HEADER } from '../seed-stack.ts';

const events = new EventRing();
const app = new Hono<{ Variables: RequestIdVariables }>();

app.use(requestId({ headerName: ID_HEADER }));
app.use(async (c, next) => {
  const startedAt = Date.now();
  const startMs = performance.now();
  await next();
  events.add({
    id: c.var.requestId,
    method: c.req.method,
    path: c.req.path,
    status: c.res.status,
    startedAt,
    durationMs: performance.now() - startMs,
  });
});
app.use(
  cors({
    origin: [...CORS.origin],
    credentials: CORS.credentials,
    allowMethods: [...CORS.methods],
    allowHeaders: [...CORS.headers],
    exposeHeaders: [...CORS.headers],
    maxAge: CORS.maxAgeSeconds,
  }),
);
app.use(async (c, next) => {
  if (isRightKey(c.req.header(KEY_HEADER))) return next();
  return c.json({ error: 'Invalid API key value' }, 401);
});
app.get('/hello', (c) => c.json({ hello: 'world' }));
app.get('/recorded', (c) => c.json(events.shown()));
const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, () => announce(server));
