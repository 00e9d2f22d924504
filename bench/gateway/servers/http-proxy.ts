/** http-proxy-3 with an agent that keeps connections, and the six things by hand. */
import { Agent, createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createProxyServer } from 'http-proxy-3';
import { announce } from '../../processes/announce.ts';
import { CONSUMER } from '../six-things.ts';
import { begin, end, headersOf, refusal } from './functions.ts';

const upstream = new URL(process.argv[2] ?? '');
const proxy = createProxyServer({
  target: upstream.origin,
  agent: new Agent({ keepAlive: true, maxSockets: 64 }),
  changeOrigin: true,
  xfwd: false,
});
proxy.on('error', (_, __, res) => {
  if ('writeHead' in res && !res.headersSent) res.writeHead(502);
  res.end();
});

const server = createServer((req: IncomingMessage, res: ServerResponse) => {
  const passing = begin();
  const arriving = { address: req.socket.remoteAddress ?? '', key: req.headers['x-api-key'] };
  res.on('finish', () =>
    end(passing, { ...arriving, method: req.method, path: req.url, status: res.statusCode }),
  );
  const refused = refusal(passing, arriving);
  const headers = headersOf(passing);
  for (let at = 0; at < headers.length; at += 2) {
    res.setHeader(headers[at] as string, headers[at + 1] as string);
  }
  if (refused) return void res.writeHead(refused).end();
  Object.assign(req.headers, {
    'x-forwarded-for': arriving.address,
    'x-request-id': passing.id,
    'x-consumer-name': CONSUMER,
  });
  proxy.web(req, res);
});
server.listen(0, '127.0.0.1', () => announce(server));
