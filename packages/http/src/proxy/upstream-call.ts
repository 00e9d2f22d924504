/** Sends a request on to an upstream and takes its answer, whose body then passes from one connection to the other. */
import {
  BodyUsedError,
  type ClientAnswer,
  ClientLeftError,
  type ClientRequest,
  ConnectionLostError,
  type IncomingBody,
  type Pool,
  RequestBodyError,
  type Upgraded,
} from '@interpose/wire';
import { HeaderList } from '../context/headers.ts';
import type { HttpResponse } from '../context/response.ts';
import { dropHopHeaders } from './hop-headers.ts';

/** For whom a request is sent on. */
export interface Asker {
  readonly clientLeft: boolean;
  onClientLeft(listener: () => void): void;
  /** Looked at only where a policy has put one of its own in place. */
  readonly signal?: AbortSignal;
  /** Is told of interim answers (1xx but 101). What it throws ends the request. @default nobody */
  informed?(status: number, rawHeaders: readonly string[]): void;
}

/** A request that is sent on. Its body is that of the client, so that it cannot be sent twice. */
export type UpstreamRequest = ClientRequest & { readonly body: IncomingBody | null };

/** What an upstream answers: a message, or, where it was asked for another protocol, the connection. */
export interface UpstreamAnswer {
  readonly answer: ClientAnswer;
  /** The connection, with what has come on it, once the upstream speaks the other protocol. */
  readonly switched?: Pick<Upgraded, 'socket' | 'head'>;
}

/** What may be sent again if a connection that was kept ends just as it is used (RFC 9110, section 9.2.2). */
const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);

/**
 * Sends a request on. Resolves when the head of the answer is there. The client's leaving ends it.
 *
 * @throws RequestFailedError of one kind or another, ClientLeftError, BodyUsedError, or what the body of the request has failed with
 */
export async function askUpstream(
  pool: Pool,
  request: UpstreamRequest,
  asker: Asker,
): Promise<UpstreamAnswer> {
  for (let isFirst = true; ; isFirst = false) {
    if (request.body?.isRead) throw new BodyUsedError();
    try {
      return await dispatched(pool, request, asker);
    } catch (error) {
      if (asker.clientLeft) throw new ClientLeftError();
      // The upstream closed a connection that it had kept, just as we took it.
      const wasKept = ConnectionLostError.is(error) && error.wasReused;
      if (isFirst && wasKept && !request.body && IDEMPOTENT.has(request.method)) continue;
      // What the client sent is at fault, not the upstream.
      throw RequestBodyError.is(error) ? error.cause : error;
    }
  }
}

function dispatched(pool: Pool, request: UpstreamRequest, asker: Asker): Promise<UpstreamAnswer> {
  return new Promise((resolve, reject) => {
    const call = pool.dispatch(request, {
      response: (answer) => resolve({ answer }),
      information: (status, rawHeaders) => asker.informed?.(status, rawHeaders),
      upgraded: (answer, socket, head) => resolve({ answer, switched: { socket, head } }),
      failed: reject,
    });
    asker.onClientLeft(() => call.abort(new ClientLeftError()));
    // Made for every request it would be dear; one that is there already may be that of a timeout.
    if (!Object.hasOwn(asker, 'signal')) return;
    const signal = asker.signal as AbortSignal;
    const abort = (): void => call.abort(signal.reason as Error);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}

/** Makes the upstream's answer the answer to the request, in place of headers of the same names. */
export function takeAnswer(
  response: HttpResponse,
  { status, rawHeaders, body }: ClientAnswer,
): void {
  const received = HeaderList.fromRaw(rawHeaders);
  dropHopHeaders(received);
  response.status = status;
  // Whoever read them has refused what could not be sent on.
  response.headers.replaceBy(received);
  response.body = body;
}
