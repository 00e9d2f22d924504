/** http-proxy-3 with an agent that keeps connections, and the six things by hand. */
import { Agent, createServer } from 'node:http';
import { createProxyServer } from 'http-proxy-3';
import { announce } from '../../processes/announce.ts';
import { sixThings } from './node-functions.ts';

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

const server = createServer((req, res) => sixThings(req, res, () => proxy.web(req, res)));
server.listen(0, '127.0.0.1', () => announce(server));
