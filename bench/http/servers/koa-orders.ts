/** Koa with its reader of bodies, and zod. */
import { bodyParser } from '@koa/bodyparser';
import Koa from 'koa';
import { announce } from '../../processes/announce.ts';
import { orderCheck } from '../order-check.ts';
import { receiptOf } from '../orders.ts';

const app = new Koa();
app.silent = true;
app.use(bodyParser({ enableTypes: ['json'] }));
app.use((ctx) => {
  if (ctx.method !== 'POST' || ctx.path !== '/orders') return;
  const order = orderCheck.safeParse(ctx.request.body);
  if (order.success) ctx.body = receiptOf(order.data);
  else {
    ctx.status = 400;
    ctx.body = { issues: order.error.issues };
  }
});
const server = app.listen(0, '127.0.0.1', () => announce(server));
