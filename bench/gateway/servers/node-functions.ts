/** sixThings: the six things on a request of node:http, for peers that hand on its request and its answer. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { CONSUMER } from '../six-things.ts';
import { begin, end, headersOf, refusal } from './functions.ts';

/** Does them; goes on with what `next` does unless the request is refused. */
export function sixThings(req: IncomingMessage, res: ServerResponse, next: () => void): void {
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
