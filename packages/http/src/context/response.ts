/** The answer while it is being made: status, headers and body, all changeable until they are sent. */
import { outOfRange } from '@interpose/kernel/options';
import { HeaderList } from './headers.ts';

/** What an answer can say: text, bytes, bytes that come one after the other, or nothing. */
export type ResponseBody =
  | string
  | Uint8Array
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array>
  | null;

/** An answer under construction. */
export class HttpResponse {
  readonly headers: HeaderList = new HeaderList();
  #status = 0;
  #body: ResponseBody = null;

  /** 200 until it is set. */
  get status(): number {
    return this.#status || 200;
  }

  /** @throws RangeError for what is no status of a final answer; 101 is one, where the connection is handed over */
  set status(status: number) {
    const isFinal = status === 101 || (Number.isInteger(status) && status >= 200 && status <= 599);
    if (!isFinal) throw outOfRange('status', 'a whole number from 200 to 599', status);
    this.#status = status;
  }

  /** True once someone has set a status. */
  get hasStatus(): boolean {
    return this.#status !== 0;
  }

  get body(): ResponseBody {
    return this.#body;
  }

  /** Puts another body in place. A stream that nobody will read any more is told to stop. */
  set body(body: ResponseBody) {
    if (this.#body !== body) cancelBody(this.#body);
    this.#body = body;
  }

  /** True once someone has set a status or a body: the request is answered. */
  get answered(): boolean {
    return this.#status !== 0 || this.#body !== null;
  }

  /** As if nobody had answered yet; headers stay. */
  clear(): void {
    this.#status = 0;
    this.body = null;
  }

  /** Takes the body out, so that it can be wrapped and put back. */
  takeBody(): ResponseBody {
    const body = this.#body;
    this.#body = null;
    return body;
  }
}

/** Tells a stream that nobody will read it. */
export function cancelBody(body: ResponseBody): void {
  if (body === null || typeof body === 'string' || body instanceof Uint8Array) return;
  // Whatever goes wrong while it stops concerns nobody any more.
  try {
    const stopped =
      body instanceof ReadableStream
        ? body.locked || body.cancel()
        : body[Symbol.asyncIterator]().return?.();
    Promise.resolve(stopped).catch(() => {});
  } catch {
    // It is left as it is.
  }
}
