/** Fastify with 200 routes, and a schema by which it writes the answers. */
import fastify from 'fastify';
import { announce } from '../../processes/announce.ts';
import { answerOf, type Caught, ROUTES } from '../two-hundred-routes.ts';

const text = { type: 'string' } as const;
const response = {
  200: { type: 'object', properties: { route: { type: 'integer' }, id: text, part: text } },
} as const;

const app = fastify({ logger: false });
for (const { method, path, index } of ROUTES) {
  app[method](path, { schema: { response } }, ({ params }) => answerOf(index, params as Caught));
}
await app.listen({ port: 0, host: '127.0.0.1' });
announce(app.server);
