/** The smallest proxy that does all that a proxy must: a server, a pool, and in between what becomes of one when the other fails. */
import { onTestFinished } from 'vitest';
import type { ClientAnswer } from '../src/pool/client-answer.ts';
import {
  ClientLeftError,
  RefusedMessageError,
  RequestBodyError,
  RequestFailedError,
} from '../src/errors.ts';
import type { Exchange, Handler } from '../src/exchange/exchange.ts';
import { statusOfFailure } from '../src/pool/failure-status.ts';
import { createPool, type Pool } from '../src/pool/pool.ts';
import type { PoolOptions } from '../src/pool/pool-options.ts';
import type { ServerOptions } from '../src/server/server.ts';
import { type RunningServer, startServer } from './running-server.ts';

/** A handler that sends every request on through a pool. */
export function forwardTo(pool: Pool): Handler {
  return (exchange) => {
    const { method, target, rawHeaders, body, upgrade } = exchange;
    const call = pool.dispatch(
      { method, target, headers: rawHeaders, body, ...(upgrade !== undefined && { upgrade }) },
      {
        information: (status, headers) => exchange.sendInformation(status, headers),
        response: (answer) => passOn(exchange, answer),
        upgraded: (answer, socket, head) => {
          const client = exchange.takeOver();
          client.socket.write(headOf(answer), 'latin1');
          client.socket.write(head);
          socket.write(client.head);
          client.socket.pipe(socket).pipe(client.socket);
        },
        failed: (error) => fail(exchange, error),
      },
    );
    exchange.onClientLeft(() => call.abort(new ClientLeftError()));
  };
}

/** A proxy that listens. */
export interface RunningProxy extends RunningServer {
  readonly pool: Pool;
}

/** Starts a proxy in front of an origin; it is gone when the test is over. */
export async function startProxy(
  origin: string,
  pooled: PoolOptions = {},
  served: ServerOptions = {},
): Promise<RunningProxy> {
  const pool = createPool(origin, pooled);
  onTestFinished(async () => void (await pool.close({ graceMs: 0 })));
  return { pool, ...(await startServer(forwardTo(pool), served)) };
}

function passOn(exchange: Exchange, { status, rawHeaders, body }: ClientAnswer): void {
  exchange.sendHead(status, rawHeaders);
  if (body) exchange.splice(body);
  else exchange.end();
}

function fail(exchange: Exchange, error: Error): void {
  const cause = RequestBodyError.is(error) ? error.cause : undefined;
  // What had begun cannot be taken back, and whoever has left needs nothing.
  if (exchange.headSent || exchange.clientLeft || ClientLeftError.is(cause)) exchange.destroy();
  else if (RefusedMessageError.is(cause)) answer(exchange, cause.status, cause.code);
  else if (RequestFailedError.is(error)) answer(exchange, statusOfFailure(error), error.code);
  else answer(exchange, 500, 'INTERNAL_ERROR');
}

function answer(exchange: Exchange, status: number, code: string): void {
  const document = JSON.stringify({ status, code });
  exchange.answer(status, ['Content-Type', 'application/problem+json'], document);
}

function headOf({ rawHeaders }: ClientAnswer): string {
  let text = 'HTTP/1.1 101 Switching Protocols\r\n';
  for (let at = 0; at < rawHeaders.length; at += 2) {
    text += `${rawHeaders[at]}: ${rawHeaders[at + 1]}\r\n`;
  }
  return `${text}\r\n`;
}
