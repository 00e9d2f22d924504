/** Leads the body of an answer through the bodyFilter phase, chunk by chunk, without collecting it. */
import type { ResponseBody } from '@interpose/http';
import { type Awaitable, isThenable } from '@interpose/kernel';
import type { GatewayRequest } from './context.ts';
import { afterThrow, type Step, takesPart } from './run-phase.ts';

const EMPTY = new Uint8Array();
const encoder = new TextEncoder();

/**
 * Puts the filtered body in the place of the body. The answer keeps an exact length where the body is there already,
 * and loses it where it is still to come.
 */
export async function filterBody(steps: readonly Step[], ctx: GatewayRequest): Promise<void> {
  const { response } = ctx;
  const body = response.takeBody();
  response.headers.delete('Content-Length');
  if (body === null || typeof body === 'string' || body instanceof Uint8Array) {
    const bytes = typeof body === 'string' ? encoder.encode(body) : (body ?? EMPTY);
    const filtered = await runChunk(steps, ctx, { chunk: bytes, isLast: true });
    response.body = filtered.length ? filtered : null;
  } else response.body = filtered(body, (chunk, isLast) => runChunk(steps, ctx, { chunk, isLast }));
}

interface Piece {
  readonly chunk: Uint8Array;
  readonly isLast: boolean;
}

/** One chunk through all filters. */
function runChunk(
  steps: readonly Step[],
  ctx: GatewayRequest,
  piece: Piece,
  from = 0,
): Awaitable<Uint8Array> {
  let { chunk } = piece;
  for (let at = from; at < steps.length; at++) {
    const step = steps[at] as Step;
    if (!takesPart(step, ctx)) continue;
    ctx.phase = 'bodyFilter';
    ctx.current = step.plugin;
    try {
      const result = step.handle(ctx, chunk, piece.isLast);
      if (isThenable(result))
        return resume(steps, ctx, { chunk, isLast: piece.isLast, at, result });
      if (stops(result)) return chunk;
      chunk = replaced(chunk, result);
    } catch (error) {
      afterThrow(step, ctx, error);
    }
  }
  return chunk;
}

async function resume(
  steps: readonly Step[],
  ctx: GatewayRequest,
  {
    chunk,
    isLast,
    at,
    result,
  }: Piece & { readonly at: number; readonly result: PromiseLike<unknown> },
): Promise<Uint8Array> {
  let next = chunk;
  try {
    const settled = await result;
    if (stops(settled)) return chunk;
    next = replaced(chunk, settled);
  } catch (error) {
    afterThrow(steps[at] as Step, ctx, error);
  }
  return runChunk(steps, ctx, { chunk: next, isLast }, at + 1);
}

const stops = (result: unknown): boolean =>
  result === false ||
  (typeof result === 'object' && (result as { ok?: unknown } | null)?.ok === false);

function replaced(chunk: Uint8Array, result: unknown): Uint8Array {
  if (typeof result === 'string') return encoder.encode(result);
  return result instanceof Uint8Array ? result : chunk;
}

/** A stream of filtered chunks, and at its end one last empty chunk for filters that have kept something back. */
function filtered(
  body: Exclude<ResponseBody, string | Uint8Array | null>,
  run: (chunk: Uint8Array, isLast: boolean) => Awaitable<Uint8Array>,
): AsyncIterable<Uint8Array> {
  const source = body[Symbol.asyncIterator]();
  let ended = false;
  const next = async (): Promise<IteratorResult<Uint8Array, undefined>> => {
    while (!ended) {
      const { done, value } = await source.next();
      ended = done === true;
      const chunk = await run(ended ? EMPTY : (value as Uint8Array), ended);
      if (chunk.length) return { done: false, value: chunk };
    }
    return { done: true, value: undefined };
  };
  const stop = async (): Promise<IteratorResult<Uint8Array, undefined>> => {
    ended = true;
    await source.return?.();
    return { done: true, value: undefined };
  };
  return { [Symbol.asyncIterator]: () => ({ next, return: stop }) };
}
