/** surroundWeb: runs middleware of ours round the rest of a host that answers requests of the web. */
import { type HttpContext, RequestContext, streamOf } from '../context/context.ts';
import { RestUsedError } from '../errors.ts';
import { type FetchFacts, FetchSource, finishFetch } from '../answer/fetch.ts';
import { enter } from './host-context.ts';
import { type HostError, type HttpStack, isForHost } from './http-stack.ts';
import { answerOf } from '../answer/respond.ts';
import type { HttpResponse } from '../context/response.ts';

/** What a host has answered, and the error that it answers so. */
export interface HostAnswer {
  readonly response: Response;
  readonly error?: Error | undefined;
}

/** A request where it meets middleware of ours. */
export interface WebPassage {
  readonly request: Request;
  readonly facts: FetchFacts;
  /** What the host's handlers ask for the context with. */
  readonly key: object;
  /** Runs the rest of the host. */
  readonly next: (request: Request) => Promise<HostAnswer>;
}

/** Gives the answer; the host's own object if nothing of it has changed. Throws what the error handling of the host shall have. */
export async function surroundWeb(passage: WebPassage, stack: HttpStack): Promise<Response> {
  const { request, facts, key, next } = passage;
  const source = new FetchSource(request, facts);
  const ctx = enter(new RequestContext(source), key);
  let isUsed = false;
  let given: Response | undefined;
  let raised: HostError | undefined;
  let passed: HostError | undefined;
  const rest = async (seen: HttpContext): Promise<HttpResponse> => {
    if (isUsed) throw new RestUsedError();
    isUsed = true;
    const seenRequest = await requestFor(seen, source, request);
    try {
      const answer = await next(seenRequest);
      given = answer.response;
      if (answer.error === undefined) return giveTo(seen.response, given);
      throw answer.error;
    } catch (error) {
      raised = { error };
      throw error;
    }
  };
  const run = async (own: RequestContext): Promise<HttpResponse> => {
    try {
      return await stack.run(own, rest);
    } catch (error) {
      if (own.clientLeft || !isForHost(error, raised, stack.options)) throw error;
      passed = { error };
      return own.response;
    }
  };
  await answerOf(ctx, run, stack.options);
  if (passed) {
    if (!given || passed.error !== raised?.error) throw passed.error;
    // The host has answered its error; what the middleware has put on the answer stays on it.
    giveTo(ctx.response, given);
  } else if (raised && given?.body) {
    // Another answer goes out in its place.
    void given.body.cancel().catch(() => {});
  }
  if (given && !source.isWatched && isSame(ctx.response, given)) return given;
  return finishFetch(source, ctx, stack.options);
}

/** The request as middleware has left it. */
async function requestFor(
  seen: HttpContext,
  source: FetchSource,
  request: Request,
): Promise<Request> {
  const { requestBody: body, method } = seen;
  const isTouched = body !== source.body || body?.isRead === true;
  const isChanged = seen.headers.toRaw() !== source.rawHeaders || method !== source.method;
  if (!isTouched && !isChanged) return request;
  const content = isTouched ? await contentOf(seen) : request.body;
  return new Request(request.url, {
    method,
    headers: [...seen.headers],
    signal: request.signal,
    ...(content && { body: content as BodyInit, duplex: 'half' }),
  });
}

async function contentOf(seen: HttpContext): Promise<BodyInit | null> {
  const { requestBody: body } = seen;
  if (!body?.isRead) return body && streamOf(body);
  return (await seen.body.bytes({ maxBytes: Number.MAX_SAFE_INTEGER })) as BodyInit;
}

/** Makes what the host has answered with the answer. What is on it already stays, unless the host has said it, too. */
function giveTo(response: HttpResponse, given: Response): HttpResponse {
  const { headers } = response;
  response.status = given.status;
  for (const [name, value] of given.headers) {
    if (name === 'set-cookie') headers.append(name, value);
    else if (name === 'vary')
      for (const item of value.split(',')) headers.appendItem(name, item.trim());
    else headers.set(name, value);
  }
  response.body = given.body;
  return response;
}

function isSame(response: HttpResponse, given: Response): boolean {
  if (response.status !== given.status || response.body !== given.body) return false;
  const told = [...given.headers].map(([name, value]) => `${name}:${value}`);
  const ours = [...response.headers].map(([name, value]) => `${name}:${value}`);
  return told.length === ours.length && told.toSorted().join('\n') === ours.toSorted().join('\n');
}
