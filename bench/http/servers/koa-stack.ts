/** Koa with its package for CORS; the other layers are by hand, as is usual there. */
import { randomUUID } from 'node:crypto';
import cors from '@koa/cors';
import Koa from 'koa';
import { announce } from '../../processes/announce.ts';
import { CORS, EventRing, ID_HEADER, isRightKey, KEY_HEADER } from '../seed-stack.ts';

const events = new EventRing();
const allowed: readonly string[] = CORS.origin;
const app = new Koa();

app.use(async (ctx, next) => {
  const id = randomUUID();
  const startedAt = Date.now();
  const startMs = performance.now();
  ctx.set(ID_HEADER, id);
  await next();
  const { method, path, status } = ctx;
  events.add({ id, method, path, status, startedAt, durationMs: performance.now() - startMs });
});
app.use(
  cors({
    origin: ({ headers: { origin = '' } }) => (allowed.includes(origin) ? origin : ''),
    credentials: CORS.credentials,
    allowMethods: [...CORS.methods],
    allowHeaders: [...CORS.headers],
    exposeHeaders: [...CORS.headers],
    maxAge: CORS.maxAgeSeconds,
  }),
);
app.use(async (ctx, next) => {
  if (isRightKey(ctx.get(KEY_HEADER))) return next();
  ctx.status = 401;
  ctx.body = { error: 'Invalid API key value' };
});
app.use((ctx) => {
  if (ctx.method !== 'GET') return;
  if (ctx.path === '/hello') ctx.body = { hello: 'world' };
  else if (ctx.path === '/recorded') ctx.body = events.shown();
});
const server = app.listen(0, '127.0.0.1', () => announce(server));
