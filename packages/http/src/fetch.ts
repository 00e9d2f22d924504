/** Answers requests of the web: for tests without a socket, and for hosts that speak fetch. */
import { ClientLeftError, IncomingBody } from '@interpose/wire';
import { RequestContext, type RequestSource } from './context.ts';
import { answerOf, type FailureOptions, type Run } from './respond.ts';
import type { HttpResponse, ResponseBody } from './response.ts';
import { isBodiless } from './send.ts';

const NOWHERE = { address: '', port: 0 } as const;

/** Runs a request of the web, and gives the answer as one of the web. */
export async function answerFetch(
  request: Request,
  run: Run,
  options: FailureOptions,
): Promise<Response> {
  const ctx = new RequestContext(sourceOf(request));
  await answerOf(ctx, run, options);
  return webResponse(ctx.method, ctx.response);
}

/** An answer as one of the web. */
export function webResponse(method: string, response: HttpResponse): Response {
  const headers = new Headers();
  for (const [name, value] of response.headers) headers.append(name, value);
  const { status } = response;
  const body = response.takeBody();
  return new Response(isBodiless(method, status) ? null : webBody(body), { status, headers });
}

function webBody(body: ResponseBody): BodyInit | null {
  if (body === null || typeof body === 'string' || body instanceof ReadableStream) return body;
  if (body instanceof Uint8Array) return body as Uint8Array<ArrayBuffer>;
  const chunks = body[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await chunks.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await chunks.return?.();
    },
  });
}

function sourceOf(request: Request): RequestSource {
  const url = new URL(request.url);
  const rawHeaders: string[] = [];
  for (const [name, value] of request.headers) rawHeaders.push(name, value);
  if (!request.headers.has('host')) rawHeaders.push('host', url.host);
  const { signal } = request;
  return {
    method: request.method,
    target: url.pathname + url.search,
    rawHeaders,
    peer: NOWHERE,
    local: NOWHERE,
    secure: url.protocol === 'https:',
    body: request.body && incoming(request.body, lengthOf(request)),
    signal,
    get clientLeft() {
      return signal.aborted;
    },
    onClientLeft(listener) {
      if (signal.aborted) listener();
      else signal.addEventListener('abort', listener, { once: true });
    },
  };
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
