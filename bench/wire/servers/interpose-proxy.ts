/** Our minimal proxy: our server in front, our pool behind, bodies spliced both ways. */
import { type ClientAnswer, createPool, createServer, type Exchange } from '@interpose/wire';

const upstream = new URL(process.argv[2] ?? '');
const pool = createPool(upstream.origin, { maxConnections: 64 });

/** The engine itself leaves out what else concerns one connection only, and writes what says where a message ends. */
function isConnection(name: string): boolean {
  return name.length === 10 && name.toLowerCase() === 'connection';
}

function requestHeaders({ rawHeaders, peer }: Exchange): string[] {
  const headers = ['Host', upstream.host];
  let forwardedFor = peer.address;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] as string;
    const value = rawHeaders[at + 1] as string;
    if (name.length === 15 && name.toLowerCase() === 'x-forwarded-for') {
      forwardedFor = `${value}, ${forwardedFor}`;
    } else if (!isConnection(name) && !(name.length === 4 && name.toLowerCase() === 'host')) {
      headers.push(name, value);
    }
  }
  headers.push('X-Forwarded-For', forwardedFor);
  return headers;
}

function answerHeaders({ rawHeaders }: ClientAnswer): string[] {
  const headers: string[] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] as string;
    if (!isConnection(name)) headers.push(name, rawHeaders[at + 1] as string);
  }
  return headers;
}

const server = createServer((exchange) => {
  const { method, target, body } = exchange;
  const call = pool.dispatch(
    { method, target, headers: requestHeaders(exchange), body },
    {
      response(answer) {
        exchange.sendHead(answer.status, answerHeaders(answer));
        if (answer.body) exchange.splice(answer.body);
        else exchange.end();
      },
      failed() {
        if (exchange.headSent || exchange.clientLeft) exchange.destroy();
        else exchange.answer(502, []);
      },
    },
  );
  exchange.onClientLeft(() => call.abort(new Error('The client has left')));
});
await server.listen({ host: '127.0.0.1', port: 0 });
if (server.address && 'port' in server.address) process.stdout.write(`${server.address.port}\n`);
