/** Hono with 200 routes. */
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { announce } from '../../processes/announce.ts';
import { answerOf, ROUTES } from '../two-hundred-routes.ts';

const app = new Hono();
for (const { method, path, index } of ROUTES) {
  app[method](path, (c) => c.json(answerOf(index, c.req.param())));
}
const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, () => announce(server));
