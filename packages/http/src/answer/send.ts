/** Sends an answer: keeps step with the client, and never lets a broken one pass for a whole one. */
import { unexpected } from '@interpose/kernel/options';
import { BodyUsedError, type Exchange, type IncomingBody, isIncomingBody } from '@interpose/wire';
import { cancelBody, type HttpResponse, type ResponseBody } from '../context/response.ts';

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
  return method === 'HEAD' || status === 204 || status === 205 || status === 304;
}

/**
 * Sends an answer. Resolves when it is with the system, or was cut, or the client has left, whichever comes first; what went wrong on the
 * way is in the result. Rejects only before anything is sent, so that something else can be.
 *
 * @throws InvalidHeaderError for headers that cannot be sent, BodyUsedError or TypeError for a body that somebody else has read
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
  // Whether it can be read at all has to be known before the head is out.
  const chunks = readerOf(body as Stream);
  exchange.sendHead(status, headers.toRaw());
  const error = await stream(exchange, chunks);
  return { bytes: exchange.sentBytes, error };
}

function readerOf(body: Stream): IncomingBody | AsyncIterator<Uint8Array> {
  if (!isIncomingBody(body)) return body[Symbol.asyncIterator]();
  if (body.isRead) throw new BodyUsedError();
  return body;
}

type Stream = Exclude<ResponseBody, string | Uint8Array | null>;

function settled(exchange: Exchange): Promise<void> | undefined {
  let isSettled = false;
  exchange.onSettled(() => (isSettled = true));
  return isSettled ? undefined : new Promise((resolve) => exchange.onSettled(resolve));
}

/** Gives why the answer is not whole, if it is not. */
function stream(
  exchange: Exchange,
  body: IncomingBody | AsyncIterator<Uint8Array>,
): Promise<unknown> {
  return new Promise((resolve) => {
    if (isIncomingBody(body)) {
      let why: unknown;
      exchange.onSettled(() => resolve(exchange.clientLeft ? undefined : why));
      exchange.splice(body, (error) => (why = error));
      return;
    }
    exchange.onSettled(() => resolve(undefined));
    // A source that waits for something cannot be told to end, only left; the signal reaches those that listen.
    exchange.onClientLeft(() => stop(body));
    pump(exchange, body).catch((error: unknown) => {
      resolve(exchange.clientLeft ? undefined : error);
      exchange.destroy();
    });
  });
}

async function pump(exchange: Exchange, chunks: AsyncIterator<Uint8Array>): Promise<void> {
  for (;;) {
    const { done, value } = await chunks.next();
    if (exchange.clientLeft) return;
    try {
      if (done) return exchange.end();
      if (!exchange.write(checkedChunk(value)))
        await new Promise<void>((resolve) => exchange.onDrain(resolve));
    } catch (error) {
      // The source is sound, but what it gave cannot be sent.
      stop(chunks);
      throw error;
    }
  }
}

/**
 * A piece of a body, as it can be sent: bytes, or text.
 *
 * @throws TypeError for anything else
 */
export function checkedChunk(chunk: unknown): Uint8Array | string {
  if (chunk instanceof Uint8Array || typeof chunk === 'string') return chunk;
  throw unexpected('chunk', 'bytes', chunk);
}

/** Tells a source that nobody wants the rest; what it says to that concerns nobody. */
function stop(chunks: AsyncIterator<Uint8Array>): void {
  try {
    Promise.resolve(chunks.return?.()).catch(() => {});
  } catch {
    // It is left as it is.
  }
}
