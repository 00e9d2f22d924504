/** node:http in front and undici's dispatch behind, by hand: the leanest proxy that both allow. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type Dispatcher, Pool } from 'undici';
import { announce } from '../../processes/announce.ts';
import { hopByHop } from './hop-by-hop.ts';

const upstream = new URL(process.argv[2] ?? '');
const pool = new Pool(upstream.origin, { connections: 64, pipelining: 1 });

function headersOf({ rawHeaders, socket }: IncomingMessage): string[] {
  const headers: string[] = [];
  let forwardedFor = socket.remoteAddress ?? '';
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    const value = rawHeaders[at + 1] ?? '';
    const key = name.toLowerCase();
    if (key === 'x-forwarded-for') forwardedFor = `${value}, ${forwardedFor}`;
    else if (key !== 'host' && !hopByHop.has(key)) headers.push(name, value);
  }
  headers.push('Host', upstream.host, 'X-Forwarded-For', forwardedFor);
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

function handing(res: ServerResponse): Callbacks {
  let abort: () => void;
  res.on('close', () => res.writableEnded || abort());
  return {
    onConnect(stop) {
      abort = stop;
    },
    onHeaders(status, raw, resume) {
      const headers: string[] = [];
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
      else res.writeHead(502).end();
    },
  };
}

const server = createServer((req, res) => {
  const hasBody = req.headers['content-length'] !== undefined || 'transfer-encoding' in req.headers;
  pool.dispatch(
    {
      path: req.url ?? '/',
      method: req.method as Dispatcher.HttpMethod,
      headers: headersOf(req),
      body: hasBody ? req : null,
    },
    handing(res),
  );
});
server.listen(0, '127.0.0.1', () => announce(server));
