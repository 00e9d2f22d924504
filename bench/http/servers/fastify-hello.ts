/** Fastify as its guide says, with a schema by which it writes the answer. */
import fastify from 'fastify';
import { announce } from '../../processes/announce.ts';

const response = {
  200: { type: 'object', properties: { hello: { type: 'string' } } },
} as const;

const app = fastify({ logger: false });
app.get('/hello', { schema: { response } }, () => ({ hello: 'world' }));
await app.listen({ port: 0, host: '127.0.0.1' });
announce(app.server);
