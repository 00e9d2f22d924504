/** Express, with its own reader of bodies as bytes. */
import express from 'express';
import { announce } from '../../processes/announce.ts';

const app = express();
app.disable('x-powered-by');
app.disable('etag');
app.get('/hello', (_req, res) => res.json({ hello: 'world' }));
app.post('/length', express.raw({ limit: '1mb' }), (req, res) =>
  res.json({ length: (req.body as Buffer).length }),
);
const server = app.listen(0, '127.0.0.1', () => announce(server));
