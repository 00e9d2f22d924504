/** Koa with 200 routes in its router. */
import { Router } from '@koa/router';
import Koa from 'koa';
import { announce } from '../../processes/announce.ts';
import { answerOf, ROUTES } from '../two-hundred-routes.ts';

const router = new Router();
for (const { method, path, index } of ROUTES) {
  router[method](path, (ctx) => {
    ctx.body = answerOf(index, ctx.params);
  });
}
const app = new Koa();
app.use(router.routes());
const server = app.listen(0, '127.0.0.1', () => announce(server));
