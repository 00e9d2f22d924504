/** Tests of contexts that can be ended apart. */
import { pipeline } from '@interpose/kernel';
import { fakeClock } from '@interpose/testing';
import { expect, test } from 'vitest';
import { linkContext } from './link-context.ts';
import { retry } from './retry/retry.ts';
import { attemptOf, deadlineOf } from './scope.ts';
import { timeout } from './timeout/timeout.ts';

interface Call {
  readonly id: string;
  readonly signal?: AbortSignal;
}

test('a part of a run ends apart: those further out do not hear of it', () => {
  const outer = new AbortController();
  const linked = linkContext<Call>({ id: 'a', signal: outer.signal });
  const reason = new Error('enough');
  linked.abort(reason);
  linked.abort(new Error('later'));
  expect(linked.ctx.id).toBe('a');
  expect(linked.ctx.signal?.reason).toBe(reason);
  expect(outer.signal.aborted).toBe(false);
});

test('it ends with the context that it was made of, until it is over', () => {
  const outer = new AbortController();
  const [one, other] = [1, 2].map(() => linkContext<Call>({ id: 'a', signal: outer.signal }));
  const signals = [one?.ctx.signal, other?.ctx.signal];
  other?.dispose();
  outer.abort('gone');
  expect(signals.map((signal) => signal?.aborted)).toEqual([true, false]);
});

test('a context without a signal gets one that only the part ends', () => {
  const linked = linkContext<Call>({ id: 'a' });
  expect(linked.ctx.signal?.aborted).toBe(false);
  linked.abort('done');
  expect(linked.ctx.signal?.aborted).toBe(true);
});

test('deadline and attempt stay what they are', async () => {
  const clock = fakeClock();
  const seen: unknown[] = [];
  const serve = pipeline<Call, string>()
    .use(timeout({ timeoutMs: 1000, clock }))
    .use(retry({ maxAttempts: 2, backoff: () => 0, clock }))
    .use((ctx, next) => next(linkContext(ctx).ctx))
    .handle((ctx) => {
      seen.push([attemptOf(ctx), deadlineOf(ctx) - clock.now()]);
      if (seen.length === 1) throw new Error('once');
      return 'done';
    });
  expect(await serve({ id: 'a' })).toBe('done');
  expect(seen).toEqual([
    [1, 1000],
    [2, 1000],
  ]);
});
