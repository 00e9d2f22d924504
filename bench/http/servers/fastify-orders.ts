/** Fastify with JSON Schema for what comes in and for what goes out. */
import fastify from 'fastify';
import { announce } from '../../processes/announce.ts';
import { type Order, orderSchema, receiptOf } from '../orders.ts';

const number = { type: 'number' } as const;
const response = {
  200: {
    type: 'object',
    properties: { customer: { type: 'string' }, items: number, total: number },
  },
} as const;

const app = fastify({ logger: false });
app.post('/orders', { schema: { body: orderSchema, response } }, ({ body }) =>
  receiptOf(body as Order),
);
await app.listen({ port: 0, host: '127.0.0.1' });
announce(app.server);
