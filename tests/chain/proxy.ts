/** The minimal proxy that the chain test is about: a server and a pool, and nothing between them but what a proxy must do. */
import {
  type ClientAnswer,
  ClientLeftError,
  createPool,
  createServer,
  type Exchange,
  RefusedMessageError,
  RequestBodyError,
} from '@interpose/wire';
import { backward, onward } from './forwarding.ts';

/** A proxy in front of one origin. */
export interface Proxy {
  readonly port: number;
  close(): Promise<void>;
}

/** Starts a proxy in front of a port; the name begins the numbers of its requests. */
export async function startProxy(originPort: number, name: string): Promise<Proxy> {
  const pool = createPool(`http://127.0.0.1:${originPort}`);
  let count = 0;
  const server = createServer((exchange) => {
    const { method, body } = exchange;
    const id = `${name}-${++count}`;
    const { target, headers } = onward(exchange.target, exchange.rawHeaders, id);
    const call = pool.dispatch(
      { method, target, headers, body },
      {
        response: (answer) => relay(exchange, answer, id),
        failed: (error) => fail(exchange, error, id),
      },
    );
    exchange.onClientLeft(() => call.abort(new ClientLeftError()));
  });
  await server.listen({ host: '127.0.0.1', port: 0 });
  const { address } = server;
  return {
    port: address && 'port' in address ? address.port : 0,
    async close() {
      await Promise.all([server.close({ graceMs: 0 }), pool.close({ graceMs: 0 })]);
    },
  };
}

function relay(exchange: Exchange, { status, rawHeaders, body }: ClientAnswer, id: string): void {
  const headers = backward(rawHeaders, id, exchange.method);
  if (!body) return exchange.answer(status, headers);
  exchange.sendHead(status, headers);
  exchange.splice(body);
}

/** Says whose fault it was: the client's, in the middle of its body, or the origin's. */
function fail(exchange: Exchange, error: Error, id: string): void {
  const cause = RequestBodyError.is(error) ? error.cause : undefined;
  if (ClientLeftError.is(cause)) exchange.destroy();
  else if (RefusedMessageError.is(cause)) exchange.answer(cause.status, ['Connection', 'close']);
  else exchange.answer(502, backward([], id, exchange.method));
}
