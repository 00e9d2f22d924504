/** Answers requests of the web: for tests without a socket, and for hosts that speak fetch. */
import { ClientLeftError, type Exchange, IncomingBody } from '@interpose/wire';
import { RequestContext, type RequestSource } from '../context/context.ts';
import { addressBeside } from '../client/host-address.ts';
import { RequestEnd } from './request-end.ts';
import { answerOf, type FailureOptions, replace, type Run, tell } from './respond.ts';
import { cancelBody, type HttpResponse, type ResponseBody } from '../context/response.ts';
import { checkedChunk, isBodiless } from './send.ts';

const NOWHERE = { address: '', port: 0 } as const;

/** Runs a request of the web, and gives the answer as one of the web. */
export function answerFetch(
  request: Request,
  run: Run,
  options: FailureOptions & { readonly beside?: unknown },
): Promise<Response> {
  const { beside } = options;
  const address = beside === undefined ? undefined : (): string => addressBeside(request, beside);
  const source = new FetchSource(request, { address });
  return answerSource(source, new RequestContext(source), { run, failures: options });
}

/** Runs the context of a request of the web. */
export async function answerSource(
  source: FetchSource,
  ctx: RequestContext,
  { run, failures }: { readonly run: Run; readonly failures: FailureOptions },
): Promise<Response> {
  await answerOf(ctx, run, failures);
  return finishFetch(source, ctx, failures);
}

/** The answer that is in `ctx.response`, or what can be made of it. */
export function finishFetch(
  source: FetchSource,
  ctx: RequestContext,
  failures: FailureOptions,
): Response {
  // Nobody is there to see it; it is what logs call it.
  if (ctx.clientLeft && !ctx.response.answered) ctx.response.status = 499;
  source.onFailed = (error) => tell(error, ctx, failures);
  try {
    return webResponse(ctx.method, ctx.response, source);
  } catch (error) {
    replace(ctx, error, failures);
    return webResponse(ctx.method, ctx.response, source);
  }
}

/** Is told how an answer of the web is read. */
export interface Reading {
  /** So many bytes were read. */
  sent(bytes: number): void;
  /** It was read to its end, or can be read no further. */
  ended(): void;
  /** Whoever makes it has failed. */
  failed?(error: unknown): void;
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
  // What is not sent is known all the same.
  if (method === 'HEAD' && body !== null && isWhole(body) && !headers.has('content-length')) {
    headers.set('Content-Length', String(sizeOf(body)));
  }
  const made = new Response(isEmpty ? null : webBody(body, reading), { status, headers });
  // Whoever asked has the answer by then, but not yet whoever waits for him.
  if (isEmpty || isWhole(body)) queueMicrotask(() => queueMicrotask(() => reading?.ended()));
  return made;
}

const isWhole = (body: ResponseBody): body is string | Uint8Array | null =>
  body === null || typeof body === 'string' || body instanceof Uint8Array;

function webBody(body: ResponseBody, reading: Reading | undefined): BodyInit | null {
  if (isWhole(body)) {
    if (body !== null) reading?.sent(sizeOf(body));
    return body as BodyInit | null;
  }
  const chunks = body[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await chunks.next();
          if (done) {
            controller.close();
            reading?.ended();
            return;
          }
          const chunk = checkedChunk(value);
          const bytes = typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk;
          controller.enqueue(bytes);
          reading?.sent(bytes.byteLength);
        } catch (error) {
          reading?.failed?.(error);
          reading?.ended();
          throw error;
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

const sizeOf = (body: string | Uint8Array): number =>
  typeof body === 'string' ? new TextEncoder().encode(body).byteLength : body.byteLength;

/** What a host knows of a request besides what the request says. */
export interface FetchFacts {
  /** The address of the client. @default none */
  readonly address?: (() => string) | undefined;
  /** Path and query as they are to be seen. @default those of the request */
  readonly target?: string | undefined;
  /** The body, where the one of the request is read already. @default that of the request */
  readonly body?: IncomingBody | undefined;
}

/** A request of the web as what a context is made from. */
export class FetchSource extends RequestEnd implements RequestSource, Reading {
  readonly method: string;
  readonly target: string;
  readonly rawHeaders: readonly string[];
  readonly local: typeof NOWHERE = NOWHERE;
  readonly secure: boolean;
  readonly body: IncomingBody | null;
  sentBytes = 0;
  /** Is told of an answer whose body fails. */
  onFailed: ((error: unknown) => void) | undefined;
  readonly #address: (() => string) | undefined;

  constructor(request: Request, facts: FetchFacts = {}) {
    super();
    const url = new URL(request.url);
    const rawHeaders: string[] = [];
    for (const [name, value] of request.headers) rawHeaders.push(name, value);
    if (!request.headers.has('host')) rawHeaders.push('host', url.host);
    this.method = request.method;
    this.target = facts.target ?? url.pathname + url.search;
    this.rawHeaders = rawHeaders;
    this.secure = url.protocol === 'https:';
    this.#address = facts.address;
    const { signal } = request;
    this.body = facts.body ?? (request.body && incoming(request, (error) => this.#lost(error)));
    if (signal.aborted) this.left();
    else signal.addEventListener('abort', () => this.left(), { once: true });
  }

  get peer(): Exchange['peer'] {
    return this.#address ? { address: this.#address(), port: 0 } : NOWHERE;
  }

  sent(bytes: number): void {
    this.sentBytes += bytes;
  }

  /** Why the body did not become whole. A host that has lost the client says so here before it says so by its signal. */
  #lost(error: unknown): Error {
    const { name, code } = (error ?? {}) as { readonly name?: string; readonly code?: string };
    if (name !== 'AbortError' && code !== 'ECONNRESET' && !this.clientLeft) return error as Error;
    this.left();
    return new ClientLeftError();
  }

  failed(error: unknown): void {
    this.onFailed?.(error);
  }
}

function lengthOf({ headers }: Request): number | undefined {
  const text = headers.get('content-length');
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** The body of a request of the web as one that comes in. */
function incoming(request: Request, lost: (error: unknown) => Error): IncomingBody {
  const stream = request.body as ReadableStream<Uint8Array>;
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  let isPaused = true;
  const pump = async (): Promise<void> => {
    try {
      reader ??= stream.getReader();
      while (!isPaused) {
        const { done, value } = await reader.read();
        if (done) return body.finish([]);
        if (!body.push(value, false)) isPaused = true;
      }
    } catch (error) {
      body.fail(lost(error));
    }
  };
  const go = (): void => {
    if (!isPaused) return;
    isPaused = false;
    void pump();
  };
  const body: IncomingBody = new IncomingBody(lengthOf(request), {
    begin: go,
    resume: go,
    pause: () => (isPaused = true),
    cancel: () => void (reader ?? stream).cancel().catch(() => {}),
  });
  return body;
}
