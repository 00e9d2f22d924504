/** Fastify with its hooks, and with its plugin for CORS. */
import { randomUUID } from 'node:crypto';
import cors from '@fastify/cors';
import fastify from 'fastify';
import { announce } from '../../processes/announce.ts';
import { CORS, EventRing, ID_HEADER, isRightKey, KEY_HEADER } from '../seed-stack.ts';

const key = KEY_HEADER.toLowerCase();
const events = new EventRing();
const app = fastify({ logger: false, genReqId: () => randomUUID() });

app.addHook('onRequest', (request, reply, done) => {
  reply.header(ID_HEADER, request.id);
  done();
});
app.addHook('onResponse', (request, reply, done) => {
  const durationMs = reply.elapsedTime;
  events.add({
    id: request.id,
    method: request.method,
    path: request.url,
    status: reply.statusCode,
    startedAt: Date.now() - durationMs,
    durationMs,
  });
  done();
});
await app.register(cors, {
  origin: [...CORS.origin],
  credentials: CORS.credentials,
  methods: [...CORS.methods],
  allowedHeaders: [...CORS.headers],
  exposedHeaders: [...CORS.headers],
  maxAge: CORS.maxAgeSeconds,
});
app.addHook('onRequest', (request, reply, done) => {
  if (isRightKey(request.headers[key])) done();
  else reply.code(401).send({ error: 'Invalid API key value' });
});

const response = {
  200: { type: 'object', properties: { hello: { type: 'string' } } },
} as const;
app.get('/hello', { schema: { response } }, () => ({ hello: 'world' }));
app.get('/recorded', () => events.shown());
await app.listen({ port: 0, host: '127.0.0.1' });
announce(app.server);
