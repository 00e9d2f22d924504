/** Koa, which brings no router, so that there is none for a single route. */
import Koa from 'koa';
import { announce } from '../../processes/announce.ts';

const app = new Koa();
app.use((ctx) => {
  if (ctx.method === 'GET' && ctx.path === '/hello') ctx.body = { hello: 'world' };
});
const server = app.listen(0, '127.0.0.1', () => announce(server));
