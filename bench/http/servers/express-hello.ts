/** Express, without the headers that nobody else sends. */
import express from 'express';
import { announce } from '../../processes/announce.ts';

const app = express();
app.disable('x-powered-by');
app.disable('etag');
app.get('/hello', (_req, res) => void res.json({ hello: 'world' }));
const server = app.listen(0, '127.0.0.1', () => announce(server));
