/** Sends an answer: frames it, keeps step with the client, and never lets a broken one pass for a whole one. */
import type { HttpExchange } from './engine.ts';
import { cancelBody, type HttpResponse, type ResponseBody } from './response.ts';

/** How sending went. */
export interface Sent {
  /** How many bytes of the body were handed over. */
  readonly bytes: number;
  /** Why the answer is not whole, if it is not and the client had not left. */
  readonly error: unknown;
}

const WHOLE: Sent = { bytes: 0, error: undefined };
const CONNECTION: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
]);
const encoder = new TextEncoder();

/** True for an answer that never has a body. */
export function isBodiless(method: string, status: number): boolean {
  return method === 'HEAD' || status === 204 || status === 304;
}

/** Sends an answer. Never rejects: what went wrong is in the result. */
export async function sendResponse(exchange: HttpExchange, response: HttpResponse): Promise<Sent> {
  const body = response.takeBody();
  if (exchange.clientLeft) {
    cancelBody(body);
    return WHOLE;
  }
  const { status, headers } = response;
  const bytes = asBytes(body);
  // Framing and connections are the engine's, whatever a handler or an upstream says of them.
  headers.deleteWhere((name) => CONNECTION.has(name));
  if (status === 204) headers.delete('Content-Length');
  else if (bytes && !(exchange.method === 'HEAD' && !bytes.length) && status !== 304) {
    headers.set('Content-Length', bytes.length);
  }
  if (isBodiless(exchange.method, status)) {
    cancelBody(body);
    exchange.sendHead(status, headers.toRaw());
    await exchange.end();
    return WHOLE;
  }
  if (bytes) {
    exchange.sendHead(status, headers.toRaw());
    await exchange.end(bytes.length ? bytes : undefined);
    return exchange.clientLeft ? WHOLE : { bytes: bytes.length, error: undefined };
  }
  const length = declaredLength(headers.get('Content-Length'));
  if (length === undefined) headers.delete('Content-Length');
  exchange.sendHead(status, headers.toRaw());
  return stream(exchange, body as AsyncIterable<Uint8Array>, length);
}

/** Resolves when the stream has ended, has failed, or the client has left, whichever comes first. */
function stream(
  exchange: HttpExchange,
  body: AsyncIterable<Uint8Array>,
  length: number | undefined,
): Promise<Sent> {
  return new Promise((resolve) => {
    const chunks = body[Symbol.asyncIterator]();
    let bytes = 0;
    exchange.onClientLeft(() => {
      // A source that waits for something cannot be told to end, only left; the signal reaches those that listen.
      Promise.resolve(chunks.return?.()).catch(() => {});
      resolve({ bytes, error: undefined });
    });
    const pump = async (): Promise<void> => {
      for (;;) {
        const { done, value } = await chunks.next();
        if (exchange.clientLeft) return;
        if (done) break;
        if (length !== undefined && bytes + value.length > length) {
          void chunks.return?.();
          throw new RangeError(`The body is longer than the ${length} bytes it was to have`);
        }
        bytes += value.length;
        const slow = exchange.write(value);
        if (slow) await slow;
      }
      if (length !== undefined && bytes < length) {
        throw new RangeError(`The body ended after ${bytes} of ${length} bytes`);
      }
      await exchange.end();
    };
    pump().then(
      () => resolve({ bytes, error: undefined }),
      (error: unknown) => {
        if (!exchange.clientLeft) exchange.destroy();
        resolve({ bytes, error });
      },
    );
  });
}

function asBytes(body: ResponseBody): Uint8Array | undefined {
  if (body === null) return new Uint8Array();
  if (typeof body === 'string') return encoder.encode(body);
  return body instanceof Uint8Array ? body : undefined;
}

function declaredLength(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
