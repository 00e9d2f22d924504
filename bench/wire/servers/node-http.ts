/** node:http without anything on it, the reference of serving. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { announce } from '../../processes/announce.ts';

function answer(res: ServerResponse, value: object): void {
  const body = JSON.stringify(value);
  res.writeHead(200, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(body),
  });
  res.end(body);
}

function readWhole(req: IncomingMessage, done: (body: Buffer) => void): void {
  const chunks: Buffer[] = [];
  req.on('data', (chunk: Buffer) => chunks.push(chunk));
  req.on('end', () => done(Buffer.concat(chunks)));
}

const server = createServer((req, res) => {
  if (req.method === 'GET' && req.url === '/hello') answer(res, { hello: 'world' });
  else if (req.method === 'POST' && req.url === '/length') {
    readWhole(req, (body) => answer(res, { length: body.length }));
  } else {
    res.writeHead(404);
    res.end();
  }
});
server.listen(0, '127.0.0.1', () => announce(server));
