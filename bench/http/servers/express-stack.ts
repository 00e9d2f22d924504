/** Express with the package for CORS; the other layers are by hand, as is usual there. */
import { randomUUID } from 'node:crypto';
import cors from 'cors';
import express from 'express';
import { announce } from '../../processes/announce.ts';
import { CORS, EventRing, ID_HEADER, isRightKey, KEY_HEADER } from '../seed-stack.ts';

const events = new EventRing();
const app = express();
app.disable('x-powered-by');
app.disable('etag');

app.use((req, res, next) => {
  const id = randomUUID();
  const startedAt = Date.now();
  const startMs = performance.now();
  const { method, path } = req;
  res.setHeader(ID_HEADER, id);
  res.once('close', () => {
    const status = res.writableFinished ? res.statusCode : 499;
    events.add({ id, method, path, status, startedAt, durationMs: performance.now() - startMs });
  });
  next();
});
app.use(
  cors({
    origin: [...CORS.origin],
    credentials: CORS.credentials,
    methods: [...CORS.methods],
    allowedHeaders: [...CORS.headers],
    exposedHeaders: [...CORS.headers],
    maxAge: CORS.maxAgeSeconds,
  }),
);
app.use((req, res, next) => {
  if (isRightKey(req.get(KEY_HEADER))) next();
  else res.status(401).json({ error: 'Invalid API key value' });
});
app.get('/hello', (_req, res) => void res.json({ hello: 'world' }));
app.get('/recorded', (_req, res) => void res.json(events.shown()));
const server = app.listen(0, '127.0.0.1', () => announce(server));
