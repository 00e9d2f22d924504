/** Hono with its validator for zod. */
import { serve } from '@hono/node-server';
import { zValidator } from '@hono/zod-validator';
import { Hono } from 'hono';
import { announce } from '../../processes/announce.ts';
import { orderCheck } from '../order-check.ts';
import { receiptOf } from '../orders.ts';

const app = new Hono();
app.post('/orders', zValidator('json', orderCheck), (c) => c.json(receiptOf(c.req.valid('json'))));
const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, () => announce(server));
