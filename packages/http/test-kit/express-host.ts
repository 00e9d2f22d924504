/** Express under the contract of the adapters. */
import { createServer } from 'node:http';
import { Readable } from 'node:stream';
import express, { type ErrorRequestHandler } from 'express';
import { contextOf, expressErrors, expressMiddleware, toExpress } from '../src/adapters/express.ts';
import { endless, type Host, type HostSetup, listening, pieces } from './host-kit.ts';

const handled: ErrorRequestHandler = (error: Error & { status?: number }, _req, res, next) => {
  if (res.headersSent) return void next(error);
  res.status(418).set('X-Host-Error', '1').json({ handled: error.message });
};

/** Express. */
export const expressHost: Host = {
  name: 'express',
  handlesErrors: true,
  keepsHeadersOnErrors: true,
  canParse: true,
  at: (path) => ({ at: path }),
  start: (setup) => listening(createServer(build(setup))),
};

function build({ app, at = '/', mount, around, parses }: HostSetup): express.Express {
  const host = express();
  if (around) host.use(expressMiddleware(...around));
  if (parses) host.use(express.json(), express.urlencoded({ extended: true }));
  if (app) host.use(at, toExpress(app, mount));
  host.get('/host/json', (_req, res) => {
    res.set('X-Host', '1').cookie('host', '1').cookie('second', '2').vary('Origin');
    res.json({ host: true });
  });
  host.post('/host/echo', express.json({ limit: '1mb' }), (req, res) => {
    res.json({ got: req.body as unknown });
  });
  host.get('/host/stream', (_req, res) => void Readable.from(pieces(3)).pipe(res));
  host.get('/host/large', (_req, res) => void Readable.from(pieces(64, 65_536)).pipe(res));
  host.get('/host/events', (_req, res) => {
    res.writeHead(200, { 'Content-Type': 'text/event-stream' });
    const events = Readable.from(endless('express'));
    res.on('close', () => events.destroy());
    events.pipe(res);
  });
  host.get('/host/empty', (_req, res) => void res.status(204).end());
  host.get('/host/show', (req, res) => void res.send(req.get('x-given') ?? 'nothing'));
  host.get('/host/context', (req, res) => void res.send(contextOf(req)?.requestId ?? 'none'));
  host.get('/host/never', () => {});
  host.get('/host/error', () => {
    throw new Error('the host failed');
  });
  host.use((_req, res) => void res.status(404).send('the host has nothing'));
  host.use(expressErrors());
  host.use(handled);
  return host;
}
