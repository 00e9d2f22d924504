/** Express with its reader of JSON, and zod. */
import express from 'express';
import { announce } from '../../processes/announce.ts';
import { orderCheck } from '../order-check.ts';
import { receiptOf } from '../orders.ts';

const app = express();
app.disable('x-powered-by');
app.disable('etag');
app.post('/orders', express.json(), (req, res) => {
  const order = orderCheck.safeParse(req.body);
  if (order.success) res.json(receiptOf(order.data));
  else res.status(400).json({ issues: order.error.issues });
});
const server = app.listen(0, '127.0.0.1', () => announce(server));
