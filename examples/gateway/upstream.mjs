/** A small service to stand behind the gateway: the time, a slow stream, and an echo of what is sent to it. */
import { createServer } from 'node:http';
import { pathToFileURL } from 'node:url';

/** How long `/stream` waits between its lines. */
const PAUSE_MS = 500;
const LINES = 5;

/** Each takes a request and an answer of `node:http`, and the name of the service. */
const handlers = {
  '/health': (_request, response) => response.end('well\n'),
  '/time': (request, response, upstream) => {
    const requestId = request.headers['x-request-id'];
    const seen = { time: new Date().toISOString(), upstream, requestId };
    response
      .writeHead(200, { 'Content-Type': 'application/json' })
      .end(`${JSON.stringify(seen)}\n`);
  },
  '/stream': (_request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/plain' });
    let line = 0;
    const timer = setInterval(() => {
      response.write(`line ${++line} of ${LINES}\n`);
      if (line === LINES) response.end();
    }, PAUSE_MS);
    response.on('close', () => clearInterval(timer));
  },
  '/echo': (request, response) => {
    response.writeHead(200, { 'Content-Type': request.headers['content-type'] ?? 'text/plain' });
    request.pipe(response);
    request.on('error', () => response.destroy());
  },
};

/**
 * Starts the service.
 *
 * @param {{ name?: string, host?: string, port?: number }} [options] port 0 takes any free one
 * @returns {Promise<{ url: string, port: number, close: () => Promise<void> }>}
 */
export async function startUpstream({ name = 'demo', host = '127.0.0.1', port = 8090 } = {}) {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://upstream');
    const handler = Object.hasOwn(handlers, pathname) ? handlers[pathname] : undefined;
    if (handler) return handler(request, response, name);
    response.writeHead(404, { 'Content-Type': 'text/plain' }).end('Try /time, /stream or /echo.\n');
  });
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const { port: taken } = server.address();
  return {
    url: `http://${host}:${taken}`,
    port: taken,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { url } = await startUpstream();
  console.log(`demo upstream on ${url}`);
}
