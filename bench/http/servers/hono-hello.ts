/** Hono on its own server for Node. */
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { announce } from '../../processes/announce.ts';

const app = new Hono();
app.get('/hello', (c) => c.json({ hello: 'world' }));
const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, () => announce(server));
