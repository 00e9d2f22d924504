/** Fastify as its guide says, with a parser that gives a body as bytes. */
import fastify from 'fastify';
import { announce } from '../../processes/announce.ts';

const app = fastify({ logger: false });
app.addContentTypeParser(
  'application/octet-stream',
  { parseAs: 'buffer' },
  (_request, body, done) => done(null, body),
);
app.get('/hello', () => ({ hello: 'world' }));
app.post('/length', ({ body }) => ({ length: (body as Buffer).length }));
await app.listen({ port: 0, host: '127.0.0.1' });
announce(app.server);
