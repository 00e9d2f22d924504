/** Koa. It brings no router and no reader of bodies, so both are by hand. */
import Koa from 'koa';
import { announce } from '../../processes/announce.ts';

const app = new Koa();
app.use(async (ctx) => {
  if (ctx.method === 'GET' && ctx.path === '/hello') ctx.body = { hello: 'world' };
  else if (ctx.method === 'POST' && ctx.path === '/length') {
    const chunks: Buffer[] = [];
    for await (const chunk of ctx.req) chunks.push(chunk);
    ctx.body = { length: Buffer.concat(chunks).length };
  }
});
const server = app.listen(0, '127.0.0.1', () => announce(server));
