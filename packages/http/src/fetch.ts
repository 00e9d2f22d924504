/** Answers requests of the web: for tests without a socket, and for hosts that speak fetch. */
import { ClientLeftError, IncomingBody } from '@interpose/wire';
import { RequestContext, type RequestSource } from './context.ts';
import { answerOf, type FailureOptions, type Run } from './respond.ts';
import { cancelBody, type HttpResponse, type ResponseBody } from './response.ts';
import { isBodiless } from './send.ts';

const NOWHERE = { address: '', port: 0 } as const;

/** Runs a request of the web, and gives the answer as one of the web. */
export async function answerFetch(
  request: Request,
  run: Run,
  options: FailureOptions,
): Promise<Response> {
  const source = new FetchSource(request);
  const ctx = new RequestContext(source);
  await answerOf(ctx, run, options);
  // Nobody is there to see it; it is what logs call it.
  if (ctx.clientLeft && !ctx.response.answered) ctx.response.status = 499;
  return webResponse(ctx.method, ctx.response, source);
}

/** Is told how an answer of the web is read. */
export interface Reading {
  /** So many bytes were read. */
  sent(bytes: number): void;
  /** It was read to its end. */
  ended(): void;
  /** It was given up. */
  left(): void;
}

/** An answer as one of the web. */
export function webResponse(method: string, response: HttpResponse, reading?: Reading): Response {
  const headers = new Headers();
  for (const [name, value] of response.headers) headers.append(name, value);
  const { status } = response;
  const body = response.takeBody();
  const isEmpty = isBodiless(method, status);
  if (isEmpty) cancelBody(body);
  const made = new Response(isEmpty ? null : webBody(body, reading), { status, headers });
  // Whoever asked has the answer by then, but not yet whoever waits for him.
  if (isEmpty || isWhole(body)) queueMicrotask(() => queueMicrotask(() => reading?.ended()));
  return made;
}

const isWhole = (body: ResponseBody): body is string | Uint8Array | null =>
  body === null || typeof body === 'string' || body instanceof Uint8Array;

function webBody(body: ResponseBody, reading: Reading | undefined): BodyInit | null {
  if (isWhole(body)) {
    if (body !== null) reading?.sent(typeof body === 'string' ? sizeOf(body) : body.byteLength);
    return body as BodyInit | null;
  }
  const chunks = body[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        let taken: IteratorResult<Uint8Array>;
        try {
          taken = await chunks.next();
        } catch (error) {
          reading?.ended();
          throw error;
        }
        const { done, value } = taken;
        if (done) {
          controller.close();
          reading?.ended();
        } else {
          controller.enqueue(value);
          reading?.sent(value.byteLength);
        }
      },
      async cancel() {
        reading?.left();
        await chunks.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}

const sizeOf = (text: string): number => new TextEncoder().encode(text).byteLength;

/** A request of the web as what a context is made from. */
export class FetchSource implements RequestSource, Reading {
  readonly method: string;
  readonly target: string;
  readonly rawHeaders: readonly string[];
  readonly peer: typeof NOWHERE = NOWHERE;
  readonly local: typeof NOWHERE = NOWHERE;
  readonly secure: boolean;
  readonly body: IncomingBody | null;
  sentBytes = 0;
  clientLeft = false;
  #isSettled = false;
  #abort: AbortController | undefined;
  #onLeft: (() => void)[] = [];
  #onSettled: (() => void)[] = [];

  constructor(request: Request) {
    const url = new URL(request.url);
    const rawHeaders: string[] = [];
    for (const [name, value] of request.headers) rawHeaders.push(name, value);
    if (!request.headers.has('host')) rawHeaders.push('host', url.host);
    this.method = request.method;
    this.target = url.pathname + url.search;
    this.rawHeaders = rawHeaders;
    this.secure = url.protocol === 'https:';
    this.body = request.body && incoming(request.body, lengthOf(request));
    const { signal } = request;
    if (signal.aborted) this.left();
    else signal.addEventListener('abort', () => this.left(), { once: true });
  }

  get signal(): AbortSignal {
    if (!this.#abort) {
      const abort = (this.#abort = new AbortController());
      this.onClientLeft(() => abort.abort(new ClientLeftError()));
    }
    return this.#abort.signal;
  }

  onClientLeft(listener: () => void): void {
    if (this.clientLeft) listener();
    else this.#onLeft.push(listener);
  }

  onSettled(listener: () => void): void {
    if (this.#isSettled) listener();
    else this.#onSettled.push(listener);
  }

  sent(bytes: number): void {
    this.sentBytes += bytes;
  }

  ended(): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    for (const listener of this.#onSettled.splice(0)) listener();
  }

  /** What comes after the end of the answer is no leaving. */
  left(): void {
    if (this.#isSettled) return;
    this.clientLeft = true;
    this.ended();
    for (const listener of this.#onLeft.splice(0)) listener();
  }
}

function lengthOf({ headers }: Request): number | undefined {
  const text = headers.get('content-length');
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** A stream of the web as a body that comes in. */
function incoming(stream: ReadableStream<Uint8Array>, length: number | undefined): IncomingBody {
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  let isPaused = true;
  const pump = async (): Promise<void> => {
    reader ??= stream.getReader();
    try {
      while (!isPaused) {
        const { done, value } = await reader.read();
        if (done) return body.finish([]);
        if (!body.push(value, false)) isPaused = true;
      }
    } catch (error) {
      body.fail(error instanceof Error ? error : new ClientLeftError());
    }
  };
  const go = (): void => {
    if (!isPaused) return;
    isPaused = false;
    void pump();
  };
  const body: IncomingBody = new IncomingBody(length, {
    begin: go,
    resume: go,
    pause: () => (isPaused = true),
    cancel: () => void (reader ?? stream).cancel().catch(() => {}),
  });
  return body;
}
