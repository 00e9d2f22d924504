/** @fastify/http-proxy in front of the upstream that the command line names. */
import proxy from '@fastify/http-proxy';
import fastify, { type FastifyRequest } from 'fastify';
import { announce } from '../../processes/announce.ts';

const upstream = process.argv[2] ?? '';
const app = fastify({ logger: false });
await app.register(proxy, {
  upstream,
  undici: { connections: 64, pipelining: 1 },
  replyOptions: {
    rewriteRequestHeaders: (request, headers) => ({
      ...headers,
      'x-forwarded-for': forwardedFor(request as FastifyRequest),
    }),
  },
});
await app.listen({ port: 0, host: '127.0.0.1' });
announce(app.server);

function forwardedFor({ headers, ip }: FastifyRequest): string {
  const before = headers['x-forwarded-for'];
  return before ? `${String(before)}, ${ip}` : ip;
}
