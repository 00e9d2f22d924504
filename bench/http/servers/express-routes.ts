/** Express with 200 routes. */
import express from 'express';
import { announce } from '../../processes/announce.ts';
import { answerOf, type Caught, ROUTES } from '../two-hundred-routes.ts';

const app = express();
app.disable('x-powered-by');
app.disable('etag');
for (const { method, path, index } of ROUTES) {
  app[method](path, ({ params }, res) => void res.json(answerOf(index, params as Caught)));
}
const server = app.listen(0, '127.0.0.1', () => announce(server));
