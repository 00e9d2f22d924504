/** Has an exchange answered by the handler of its server; a handler that fails is answered for. */
import { RefusedMessageError } from '../errors.ts';
import { PROBLEM_HEADERS, problemDocument } from './problem.ts';
import type { ServerExchange } from './server-exchange.ts';
import type { ServerState } from './server-state.ts';

/** Calls the handler. Never throws. */
export function runHandler(server: ServerState, exchange: ServerExchange): void {
  server.requests++;
  server.inFlight++;
  const fail = (error: unknown): void => answerFailure(server, exchange, error);
  try {
    const result = server.handler(exchange);
    if (result !== undefined && typeof result.then === 'function') result.then(undefined, fail);
  } catch (error) {
    fail(error);
  }
}

/** If nothing is said yet, the failure is said; if something is, the client must not take it for the whole. */
function answerFailure(server: ServerState, exchange: ServerExchange, error: unknown): void {
  server.failed(error, exchange);
  if (exchange.isSettled || exchange.isOver) return;
  if (exchange.headSent) return exchange.destroy();
  const refused = RefusedMessageError.is(error) ? error : undefined;
  const status = refused?.status ?? 500;
  const code = refused?.code ?? 'INTERNAL_ERROR';
  exchange.answer(
    status,
    PROBLEM_HEADERS,
    problemDocument({ status, code, detail: refused?.message }),
  );
}
