/** fast-gateway with the six things as its middleware, by hand. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import gateway from 'fast-gateway';
import { announce } from '../../processes/announce.ts';
import { CONSUMER } from '../six-things.ts';
import { begin, end, headersOf, refusal } from './functions.ts';

const upstream = new URL(process.argv[2] ?? '');

function sixThings(req: IncomingMessage, res: ServerResponse, next: () => void): void {
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
  next();
}

const app = gateway({
  middlewares: [sixThings],
  routes: [{ prefix: '', target: upstream.origin, proxyConfig: { maxSockets: 64 } }],
} as never) as unknown as {
  start(port: number, host: string): Promise<Parameters<typeof announce>[0]>;
};
announce(await app.start(0, '127.0.0.1'));
