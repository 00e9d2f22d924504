/** Ours with a route that has a schema. */
import { createApp } from '@interpose/http';
import { announcePort } from '../../processes/announce.ts';
import { orderCheck } from '../order-check.ts';
import { receiptOf } from '../orders.ts';

const app = createApp().post('/orders', { body: orderCheck }, ({ valid }) => receiptOf(valid.body));
announcePort((await app.serve()).port);
