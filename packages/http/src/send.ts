/** Sends an answer: keeps step with the client, and never lets a broken one pass for a whole one. */
import { BodyLengthError, type Exchange, isIncomingBody } from '@interpose/wire';
import { cancelBody, type HttpResponse, type ResponseBody } from './response.ts';

/** How sending went. */
export interface Sent {
  /** How many bytes of the body were handed over. */
  readonly bytes: number;
  /** Why the answer is not whole, if it is not and the client had not left. */
  readonly error: unknown;
}

const NOTHING: Sent = { bytes: 0, error: undefined };

/** True for an answer that never has a body. */
export function isBodiless(method: string, status: number): boolean {
  return method === 'HEAD' || status === 204 || status === 304;
}

/**
 * Sends an answer. Resolves when it is with the system, or was cut, or the client has left, whichever comes first. Never rejects: what went
 * wrong is in the result.
 */
export async function sendResponse(exchange: Exchange, response: HttpResponse): Promise<Sent> {
  const body = response.takeBody();
  const { status, headers } = response;
  if (exchange.clientLeft) {
    cancelBody(body);
    return NOTHING;
  }
  const isWhole = body === null || typeof body === 'string' || body instanceof Uint8Array;
  if (isWhole) {
    exchange.answer(status, headers.toRaw(), body ?? '');
    await settled(exchange);
    return { bytes: exchange.sentBytes, error: undefined };
  }
  if (isBodiless(exchange.method, status)) {
    cancelBody(body);
    exchange.answer(status, headers.toRaw());
    await settled(exchange);
    return NOTHING;
  }
  // What is no number that can be promised is no promise.
  if (!/^\d{1,15}$/.test(headers.get('Content-Length') ?? '0')) headers.delete('Content-Length');
  exchange.sendHead(status, headers.toRaw());
  const error = await stream(exchange, body as Stream);
  return { bytes: exchange.sentBytes, error };
}

type Stream = Exclude<ResponseBody, string | Uint8Array | null>;

function settled(exchange: Exchange): Promise<void> | undefined {
  let isSettled = false;
  exchange.onSettled(() => (isSettled = true));
  return isSettled ? undefined : new Promise((resolve) => exchange.onSettled(resolve));
}

/** Gives why the answer is not whole, if it is not. */
function stream(exchange: Exchange, body: Stream): Promise<unknown> {
  return new Promise((resolve) => {
    if (isIncomingBody(body)) {
      let why: unknown;
      exchange.onSettled(() => resolve(exchange.clientLeft ? undefined : why));
      exchange.splice(body, (error) => (why = error));
      return;
    }
    const chunks = body[Symbol.asyncIterator]();
    exchange.onSettled(() => resolve(undefined));
    // A source that waits for something cannot be told to end, only left; the signal reaches those that listen.
    exchange.onClientLeft(() => void Promise.resolve(chunks.return?.()).catch(() => {}));
    pump(exchange, chunks).catch((error: unknown) => {
      if (error instanceof BodyLengthError) {
        void Promise.resolve(chunks.return?.()).catch(() => {});
      }
      resolve(exchange.clientLeft ? undefined : error);
      exchange.destroy();
    });
  });
}

async function pump(exchange: Exchange, chunks: AsyncIterator<Uint8Array>): Promise<void> {
  for (;;) {
    const { done, value } = await chunks.next();
    if (exchange.clientLeft) return;
    if (done) return exchange.end();
    if (!exchange.write(value)) await new Promise<void>((resolve) => exchange.onDrain(resolve));
  }
}
