/** node:http in front, undici's dispatch behind, and the six things between them, by hand. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type Dispatcher, Pool } from 'undici';
import { announce } from '../../processes/announce.ts';
import { hopByHop } from '../../wire/servers/hop-by-hop.ts';
import { CONSUMER } from '../six-things.ts';
import { begin, end, headersOf as told, type Passing, refusal } from './functions.ts';

const upstream = new URL(process.argv[2] ?? '');
const pool = new Pool(upstream.origin, { connections: 64, pipelining: 1 });

function headersOf({ rawHeaders }: IncomingMessage, { id }: Passing, address: string): string[] {
  const headers: string[] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    const key = name.toLowerCase();
    const isOurs = key === 'host' || key === 'x-forwarded-for' || key === 'x-request-id';
    if (!isOurs && !hopByHop.has(key)) headers.push(name, rawHeaders[at + 1] ?? '');
  }
  headers.push('Host', upstream.host, 'X-Forwarded-For', address);
  headers.push('X-Request-ID', id, 'X-Consumer-Name', CONSUMER);
  return headers;
}

/** The callbacks that undici itself uses. The newer ones are put on top of them, and cost more. */
interface Callbacks {
  onConnect(abort: () => void): void;
  onHeaders(status: number, raw: Buffer[], resume: () => void): boolean;
  onData(chunk: Buffer): boolean;
  onComplete(): void;
  onError(error: Error): void;
}

function handing(res: ServerResponse, passing: Passing): Callbacks {
  let abort: () => void;
  res.on('close', () => res.writableEnded || abort());
  return {
    onConnect(stop) {
      abort = stop;
    },
    onHeaders(status, raw, resume) {
      const headers = told(passing);
      for (let at = 0; at < raw.length; at += 2) {
        const name = String(raw[at]);
        if (!hopByHop.has(name.toLowerCase())) headers.push(name, String(raw[at + 1]));
      }
      res.writeHead(status, headers);
      res.on('drain', resume);
      return true;
    },
    onData: (chunk) => res.write(chunk),
    onComplete: () => void res.end(),
    onError(error) {
      if (res.headersSent) res.destroy(error);
      else res.writeHead(502, told(passing)).end();
    },
  };
}

const server = createServer((req, res) => {
  const passing = begin();
  const arriving = { address: req.socket.remoteAddress ?? '', key: req.headers['x-api-key'] };
  res.on('finish', () =>
    end(passing, { ...arriving, method: req.method, path: req.url, status: res.statusCode }),
  );
  const refused = refusal(passing, arriving);
  if (refused) return void res.writeHead(refused, told(passing)).end();
  const hasBody = req.headers['content-length'] !== undefined || 'transfer-encoding' in req.headers;
  pool.dispatch(
    {
      path: req.url ?? '/',
      method: req.method as Dispatcher.HttpMethod,
      headers: headersOf(req, passing, arriving.address),
      body: hasBody ? req : null,
    },
    handing(res, passing),
  );
});
server.listen(0, '127.0.0.1', () => announce(server));
