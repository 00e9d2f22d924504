/** @fastify/http-proxy with @fastify/rate-limit, and by hand what no plugin of theirs does. */
import proxy from '@fastify/http-proxy';
import rateLimit from '@fastify/rate-limit';
import fastify, { type FastifyRequest } from 'fastify';
import { announce } from '../../processes/announce.ts';
import { CONSUMER, LIMIT } from '../six-things.ts';
import { begin, end, type Passing, refusal } from './functions.ts';

const upstream = process.argv[2] ?? '';
const app = fastify({ logger: false });
const passings = new WeakMap<object, Passing>();

app.addHook('onRequest', async (request, reply) => {
  const passing = begin();
  passings.set(request, passing);
  reply.header('X-Request-ID', passing.id);
  const refused = refusal(passing, { address: request.ip, key: request.headers['x-api-key'] });
  if (refused) await reply.code(refused).send();
});
app.addHook('onResponse', async (request, { statusCode: status }) => {
  const { method, url: path, ip: address } = request;
  const passing = passings.get(request);
  if (passing) end(passing, { address, key: '', method, path, status });
});
await app.register(rateLimit, {
  max: LIMIT,
  timeWindow: 60_000,
  keyGenerator: () => CONSUMER,
});
await app.register(proxy, {
  upstream,
  undici: { connections: 64, pipelining: 1 },
  replyOptions: {
    rewriteRequestHeaders: (request, headers) => ({
      ...headers,
      'x-forwarded-for': (request as FastifyRequest).ip,
      'x-request-id': passings.get(request)?.id ?? '',
      'x-consumer-name': CONSUMER,
    }),
  },
});
await app.listen({ port: 0, host: '127.0.0.1' });
announce(app.server);
