/** Tests of batch. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { type CallContext, type Middleware, pipeline, wrap } from '@interpose/kernel';
import { fakeClock, middlewareContract, type Pending, pending, settle } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import { batch } from './batch.ts';
import { type BatchOptions, smallBatch } from './batch-options.ts';
import type { BatchContext } from './batch-run.ts';
import { BatchShapeError } from './batch-shape.ts';
import { createPolicy } from '../policy.ts';

interface Call {
  readonly id: number;
  readonly group?: string;
  readonly signal?: AbortSignal;
}

type Results = readonly unknown[];

interface Sent extends Pending<Results> {
  readonly items: readonly number[];
  readonly context: BatchContext;
}

/** A batch whose runs end when the test says so. */
function under(options: Partial<BatchOptions<Call, number>> = {}) {
  const clock = fakeClock();
  const sent: Sent[] = [];
  const policy = batch<Call, number, unknown>({
    clock,
    item: ({ id }) => id,
    execute(items, context) {
      const run = Object.assign(pending<Results>(), { items, context });
      sent.push(run);
      return run;
    },
    ...options,
  });
  const events: { readonly type: string }[] = [];
  policy.on('*', ({ policy: _name, atMs: _at, ...event }) => events.push(event));
  const serve = pipeline<Call, unknown>()
    .use(policy)
    .handle(({ id }) => `by itself: ${id}`);
  const outcomeOf = async (ctx: Call): Promise<unknown> => {
    try {
      return await serve(ctx);
    } catch (error) {
      return { error };
    }
  };
  const answer = (at: number): void => sent[at]?.resolve(sent[at].items.map((id) => `for ${id}`));
  return { clock, policy, events, sent, serve, outcomeOf, answer };
}

/** A batch that asks the rest, call by call, so that the laws for every middleware can be held against it. */
function overRest(key?: () => string) {
  interface Asked {
    readonly ctx: { readonly signal?: AbortSignal };
    readonly next: (ctx?: object) => unknown;
    readonly signal: AbortSignal | undefined;
  }
  const policy = batch<Asked, unknown>({
    ...(key ? { key } : {}),
    async execute(asked, { signal }) {
      const run = ({ ctx, next }: Asked): unknown => next({ ...ctx, signal });
      const [only, ...others] = asked.map(run);
      return others.length === 0 ? [await only] : [only, ...others];
    },
  });
  const middleware: Middleware<{ readonly signal?: AbortSignal }, unknown> = function batched(
    ctx,
    next,
  ) {
    const asked: Asked = { ctx, next: next as Asked['next'], signal: ctx.signal };
    return policy(asked, () => 'never');
  };
  return middleware;
}

for (const law of middlewareContract(() => overRest(), {
  changesContext: true,
  heedsSignal: true,
  shares: true,
})) {
  test(`batch ${law.name}`, law.check);
}

let unlike = 0;
for (const law of middlewareContract(() => overRest(() => String(unlike++)), {
  changesContext: true,
  heedsSignal: true,
})) {
  test(`batch of unlike calls ${law.name}`, law.check);
}

describe('batch', () => {
  test('M-84 M-131 one run for all calls of a turn, and each caller gets the result for its own item', async () => {
    const { sent, outcomeOf, policy, events } = under();
    const calls = [3, 1, 2].map((id) => outcomeOf({ id }));
    expect(policy.state()).toMatchObject({ waiting: 3, pending: 3, running: 0 });
    await settle();
    expect(sent.map(({ items }) => items)).toEqual([[3, 1, 2]]);
    expect(policy.state()).toMatchObject({ waiting: 0, pending: 3, running: 1 });
    sent[0]?.resolve(['three', 'one', 'two']);
    expect(await Promise.all(calls)).toEqual(['three', 'one', 'two']);
    expect(policy.state()).toEqual({
      waiting: 0,
      pending: 0,
      running: 0,
      abandoned: 0,
      batches: 1,
      calls: 3,
    });
    expect(events).toEqual([{ type: 'flushed', key: undefined, size: 3, reason: 'window' }]);
  });

  test('M-84 without `item` it is given the contexts', async () => {
    const seen: unknown[] = [];
    const serve = pipeline<Call, number>()
      .use(
        batch({
          execute(contexts: readonly Call[]) {
            seen.push(...contexts);
            return contexts.map(({ id }) => id * 2);
          },
        }),
      )
      .handle(() => -1);
    const ctx = { id: 4 };
    expect(await serve(ctx)).toBe(8);
    expect(seen[0]).toBe(ctx);
  });

  test('calls that promises lead to in the same turn go along, in the order in which they come', async () => {
    const { sent, outcomeOf, answer } = under();
    const hops = async (many: number): Promise<void> => {
      for (let hop = 0; hop < many; hop++) await undefined;
    };
    const calls = [
      outcomeOf({ id: 1 }),
      hops(3).then(() => outcomeOf({ id: 2 })),
      hops(50)
        .then(() => outcomeOf({ id: 3 }))
        .then((got) => got),
    ];
    await settle();
    expect(sent.map(({ items }) => items)).toEqual([[1, 2, 3]]);
    answer(0);
    expect(await Promise.all(calls)).toEqual(['for 1', 'for 2', 'for 3']);
  });

  test('M-80 `smallBatch` is ten calls, or a tenth of a second', async () => {
    expect(smallBatch).toEqual({ maxBatchSize: 10, windowMs: 100 });
    const { sent, outcomeOf, clock } = under({ ...smallBatch });
    for (let id = 0; id < 12; id++) void outcomeOf({ id });
    expect(sent.map(({ items }) => items.length)).toEqual([10]);
    await clock.advance(99);
    expect(sent).toHaveLength(1);
    await clock.advance(1);
    expect(sent.map(({ items }) => items.length)).toEqual([10, 2]);
  });

  test('M-81 calls with different keys are never in one batch; the key is made as one likes', async () => {
    const batches: string[][] = [];
    const grouped = batch({
      key: ({ funcName, args }: CallContext) => `${funcName}:${args[0] as string}`,
      item: ({ args }: CallContext) => args[1] as number,
      execute(ids: readonly number[], { key }) {
        batches.push([String(key), ...ids.map(String)]);
        return ids.map((id) => `${key} ${id}`);
      },
    });
    const load = wrap(async function load(_table: string, _id: number) {
      return 'never';
    }, grouped);
    const got = await Promise.all([load('cats', 1), load('dogs', 1), load('cats', 2)]);
    expect(got).toEqual(['load:cats 1', 'load:dogs 1', 'load:cats 2']);
    expect(batches).toEqual([
      ['load:cats', '1', '2'],
      ['load:dogs', '1'],
    ]);
  });

  test('M-82 the call that fills a batch sends it at once; what it does next holds up nobody', async () => {
    const { sent, outcomeOf, answer, events } = under({ maxBatchSize: 2, windowMs: 50 });
    const calls = [1, 2, 3, 4].map((id) => outcomeOf({ id }));
    expect(sent.map(({ items }) => items)).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(events).toEqual([
      { type: 'flushed', key: undefined, size: 2, reason: 'size' },
      { type: 'flushed', key: undefined, size: 2, reason: 'size' },
    ]);
    answer(1);
    expect(await Promise.all(calls.slice(2))).toEqual(['for 3', 'for 4']);
    answer(0);
    expect(await Promise.all(calls.slice(0, 2))).toEqual(['for 1', 'for 2']);
  });

  test('M-83 a batch goes when its first call has waited for the window, by one timer of its own', async () => {
    const { sent, outcomeOf, clock } = under({ maxBatchSize: 2, windowMs: 50 });
    void outcomeOf({ id: 1 });
    await clock.advance(30);
    void outcomeOf({ id: 2 });
    expect(clock.nextInMs).toBeUndefined();
    await clock.advance(10);
    void outcomeOf({ id: 3 });
    // The timer of the first batch would be due now.
    await clock.advance(10);
    expect(sent).toHaveLength(1);
    await clock.advance(39);
    expect(sent).toHaveLength(1);
    await clock.advance(1);
    expect(sent.map(({ items }) => items)).toEqual([[1, 2], [3]]);
  });

  test('M-85 what `execute` throws, or rejects with, is the error of every caller', async () => {
    const error = new Error('table gone');
    const { sent, outcomeOf, policy } = under();
    const calls = [1, 2].map((id) => outcomeOf({ id }));
    await settle();
    sent[0]?.reject(error);
    for (const got of await Promise.all(calls)) expect(got).toHaveProperty('error', error);
    policy.reconfigure({
      execute: () => {
        throw error;
      },
    });
    const more = [3, 4].map((id) => outcomeOf({ id }));
    for (const got of await Promise.all(more)) expect(got).toHaveProperty('error', error);
    expect(policy.state()).toMatchObject({ pending: 0, running: 0 });
  });

  test('M-86 a result that is an error is the failure of that one caller', async () => {
    const { sent, outcomeOf } = under();
    const calls = [1, 2, 3].map((id) => outcomeOf({ id }));
    await settle();
    const error = new Error('no such id');
    sent[0]?.resolve(['one', error, undefined]);
    expect(await Promise.all(calls)).toEqual(['one', { error }, undefined]);
  });

  test('M-86 results may be promises, each for its own caller', async () => {
    const { sent, outcomeOf } = under();
    const calls = [1, 2, 3].map((id) => outcomeOf({ id }));
    await settle();
    const error = new Error('no such id');
    const slow = pending();
    sent[0]?.resolve([slow, Promise.reject(error), Promise.resolve(error)]);
    expect(await Promise.all(calls.slice(1))).toEqual([{ error }, { error }]);
    slow.resolve('one');
    expect(await calls[0]).toBe('one');
  });

  test.each<[string, unknown, number | undefined]>([
    ['too few', ['one'], 1],
    ['too many', ['one', 'two', 'three'], 3],
    ['none at all', [], 0],
    ['no list', 'one, two', undefined],
    ['nothing', undefined, undefined],
  ])('M-87 %s results are an error that every caller gets', async (_, results, got) => {
    const { sent, outcomeOf } = under();
    const calls = [1, 2].map((id) => outcomeOf({ id }));
    await settle();
    sent[0]?.resolve(results as Results);
    for (const { error } of (await Promise.all(calls)) as { error: BatchShapeError }[]) {
      expect(error).toBeInstanceOf(BatchShapeError);
      expect(error).toMatchObject({ code: 'BATCH_SHAPE', policy: 'batch', expected: 2, got });
      expect(error.message).toBe(
        `Expected \`execute\` of "batch" to give a list of 2 results, got ${got ?? 'no list'}.`,
      );
    }
  });

  test('what `execute` does to its list of items changes nothing', async () => {
    const { outcomeOf } = under({
      execute: (items) => (items as number[]).splice(0).map((id) => `for ${id}`),
    });
    expect(await Promise.all([1, 2].map((id) => outcomeOf({ id })))).toEqual(['for 1', 'for 2']);
  });
});

describe('batch, when callers give up', () => {
  test('M-88 before the batch is sent the call is taken out, and the others go on', async () => {
    const { sent, outcomeOf, answer, policy } = under({ windowMs: 50 });
    const caller = new AbortController();
    const calls = [
      outcomeOf({ id: 1 }),
      outcomeOf({ id: 2, signal: caller.signal }),
      outcomeOf({ id: 3 }),
    ];
    caller.abort('enough');
    expect(await calls[1]).toEqual({ error: 'enough' });
    expect(policy.state()).toMatchObject({ waiting: 2, pending: 2 });
    void policy.flush();
    expect(sent[0]?.items).toEqual([1, 3]);
    answer(0);
    expect(await Promise.all([calls[0], calls[2]])).toEqual(['for 1', 'for 3']);
  });

  test('M-88 a place that was given up is free: the batch is full later', async () => {
    const { sent, outcomeOf } = under({ maxBatchSize: 2, windowMs: 50 });
    const caller = new AbortController();
    void outcomeOf({ id: 1, signal: caller.signal });
    caller.abort();
    void outcomeOf({ id: 2 });
    expect(sent).toHaveLength(0);
    void outcomeOf({ id: 3 });
    expect(sent[0]?.items).toEqual([2, 3]);
  });

  test('M-88 X-R6 a batch that all have left before it was sent is none, and leaves no timer', async () => {
    const { sent, outcomeOf, clock, policy } = under({ windowMs: 50 });
    const caller = new AbortController();
    const call = outcomeOf({ id: 1, signal: caller.signal });
    caller.abort('enough');
    expect(await call).toEqual({ error: 'enough' });
    expect(clock.nextInMs).toBeUndefined();
    expect(policy.state()).toMatchObject({ waiting: 0, pending: 0, batches: 0 });
    // The next one has a window of its own.
    await clock.advance(20);
    void outcomeOf({ id: 2 });
    await clock.advance(49);
    expect(sent).toHaveLength(0);
    await clock.advance(1);
    expect(sent).toHaveLength(1);
  });

  test('M-88 after it was sent a caller gets its reason at once, and the others go on', async () => {
    const { sent, outcomeOf, answer } = under();
    const caller = new AbortController();
    const calls = [outcomeOf({ id: 1, signal: caller.signal }), outcomeOf({ id: 2 })];
    await settle();
    const signal = sent[0]?.context.signal;
    caller.abort('enough');
    expect(await calls[0]).toEqual({ error: 'enough' });
    expect(signal?.aborted).toBe(false);
    answer(0);
    expect(await calls[1]).toBe('for 2');
  });

  test('M-88 when all have, the signal of the batch aborts with the reason of the last, and its end is reported', async () => {
    const { sent, outcomeOf, policy, events, clock } = under();
    const callers = [new AbortController(), new AbortController()];
    const calls = callers.map(({ signal }, id) => outcomeOf({ id, signal }));
    await settle();
    const signal = sent[0]?.context.signal;
    callers[1]?.abort('first');
    callers[0]?.abort('last');
    expect(signal?.reason).toBe('last');
    expect(await Promise.all(calls)).toEqual([{ error: 'last' }, { error: 'first' }]);
    expect(policy.state()).toMatchObject({ pending: 0, running: 0, abandoned: 1 });
    await clock.advance(25);
    sent[0]?.reject(new Error('late'));
    await settle();
    expect(policy.state().abandoned).toBe(0);
    expect(events.at(-1)).toEqual({ type: 'abandoned', size: 2, elapsedMs: 25 });
  });

  test('M-88 a signal that is read only after all have left has aborted', async () => {
    const { sent, outcomeOf } = under();
    const caller = new AbortController();
    const call = outcomeOf({ id: 1, signal: caller.signal });
    await settle();
    caller.abort('enough');
    await call;
    expect(sent[0]?.context.signal.reason).toBe('enough');
  });

  test('M-88 whoever gives up while its own call sends the batch is let go', async () => {
    const caller = new AbortController();
    const { outcomeOf, answer, sent } = under({ maxBatchSize: 2 });
    const first = outcomeOf({ id: 1 });
    const second = outcomeOf({ id: 2, signal: caller.signal });
    caller.abort('enough');
    expect(await second).toEqual({ error: 'enough' });
    expect(sent[0]?.items).toEqual([1, 2]);
    answer(0);
    expect(await first).toBe('for 1');
  });
});

describe('batch, at its ends', () => {
  test('M-90 calls that come while a batch is on its way go into the next; none is lost, none is served twice', async () => {
    const served: number[] = [];
    const { policy, outcomeOf } = under({
      maxBatchSize: 2,
      execute: async (ids) => {
        served.push(...ids);
        // One more call out of the very run.
        if (ids.includes(2)) void outcomeOf({ id: 10 });
        await settle();
        return ids.map((id) => `for ${id}`);
      },
    });
    const calls = [1, 2, 3].map((id) => outcomeOf({ id }));
    await settle();
    expect(await Promise.all(calls)).toEqual(['for 1', 'for 2', 'for 3']);
    await policy.flush();
    expect(served.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 10]);
    expect(policy.state()).toMatchObject({ pending: 0, calls: 4 });
  });

  test('M-89 `flush` sends what waits at once, and ends when all have been answered', async () => {
    const { sent, outcomeOf, answer, policy, events, clock } = under({
      windowMs: 50,
      key: ({ group }) => group ?? 'none',
    });
    const calls = [outcomeOf({ id: 1, group: 'a' }), outcomeOf({ id: 2, group: 'b' })];
    let flushed = false;
    const flushing = policy.flush().then(() => (flushed = true));
    expect(sent.map(({ items }) => items)).toEqual([[1], [2]]);
    expect(events).toContainEqual({ type: 'flushed', key: 'b', size: 1, reason: 'manual' });
    expect(clock.nextInMs).toBeUndefined();
    answer(0);
    await settle();
    expect(flushed).toBe(false);
    answer(1);
    expect(await Promise.all(calls)).toEqual(['for 1', 'for 2']);
    await flushing;
    await policy.flush();
  });

  test('M-89 `flush` does not wait for a batch that all have left', async () => {
    const { outcomeOf, policy } = under();
    const caller = new AbortController();
    const call = outcomeOf({ id: 1, signal: caller.signal });
    const flushing = policy.flush();
    caller.abort('enough');
    await flushing;
    expect(await call).toEqual({ error: 'enough' });
  });

  test('M-89 `close` sends what waits and takes no more', async () => {
    const { sent, outcomeOf, answer, policy, clock } = under({ windowMs: 50 });
    const call = outcomeOf({ id: 1 });
    const closing = policy.close();
    expect(sent[0]?.items).toEqual([1]);
    expect(await outcomeOf({ id: 2 })).toMatchObject({ error: { code: 'DISPOSED' } });
    answer(0);
    await closing;
    expect(await call).toBe('for 1');
    expect(clock.nextInMs).toBeUndefined();
  });

  test('M-89 X-R6 disposed of, it sends away whoever waits; what is on its way arrives', async () => {
    const { sent, outcomeOf, answer, policy, clock } = under({ maxBatchSize: 2, windowMs: 50 });
    const calls = [1, 2, 3].map((id) => outcomeOf({ id }));
    policy[Symbol.dispose]();
    policy[Symbol.dispose]();
    expect(await calls[2]).toMatchObject({ error: { code: 'DISPOSED', policy: 'batch' } });
    expect(clock.nextInMs).toBeUndefined();
    answer(0);
    expect(await Promise.all(calls.slice(0, 2))).toEqual(['for 1', 'for 2']);
    await settle();
    expect(sent).toHaveLength(1);
    expect(policy.state()).toMatchObject({ waiting: 0, pending: 0 });
  });

  test('X-R5 `maxPending` bounds all who wait for an answer, also while a batch is on its way', async () => {
    const { sent, outcomeOf, answer, policy, events } = under({ maxPending: 2 });
    const first = outcomeOf({ id: 1 });
    await settle();
    const second = outcomeOf({ id: 2 });
    expect(await outcomeOf({ id: 3 })).toMatchObject({
      error: { code: 'LOAD_SHED', policy: 'batch' },
    });
    expect(events).toContainEqual({ type: 'rejected', pending: 2 });
    answer(0);
    expect(await first).toBe('for 1');
    void outcomeOf({ id: 4 });
    await settle();
    expect(sent.map(({ items }) => items)).toEqual([[1], [2, 4]]);
    answer(1);
    expect(await second).toBe('for 2');
    expect(policy.state().pending).toBe(0);
  });

  test('X-R5 a caller that gives up makes room', async () => {
    const { outcomeOf } = under({ maxPending: 1 });
    for (const when of ['before it is sent', 'after']) {
      const caller = new AbortController();
      const call = outcomeOf({ id: 1, signal: caller.signal });
      if (when === 'after') await settle();
      caller.abort(when);
      expect(await call).toEqual({ error: when });
    }
    void outcomeOf({ id: 2 });
    expect(await outcomeOf({ id: 3 })).toMatchObject({ error: { code: 'LOAD_SHED' } });
  });
});

describe('batch, as a policy', () => {
  test('a call without a key is not batched and runs the rest; every other call does not', async () => {
    const { outcomeOf, answer, sent, policy } = under({ key: ({ group }) => group });
    expect(await outcomeOf({ id: 7 })).toBe('by itself: 7');
    expect(policy.state()).toMatchObject({ pending: 0, batches: 0 });
    const call = outcomeOf({ id: 1, group: 'a' });
    await settle();
    expect(sent[0]?.context.key).toBe('a');
    answer(0);
    expect(await call).toBe('for 1');
  });

  test('`key` or `item` that throws fails its own call only', async () => {
    const fault = new Error('no key');
    const { outcomeOf, answer, policy, sent } = under({
      key: ({ id, group }) => {
        if (id < 0) throw fault;
        return group ?? 'a';
      },
      item: ({ id }) => {
        if (id === 0) throw fault;
        return id;
      },
    });
    const good = outcomeOf({ id: 1 });
    expect(await outcomeOf({ id: -1 })).toEqual({ error: fault });
    expect(await outcomeOf({ id: 0 })).toEqual({ error: fault });
    expect(await outcomeOf({ id: 1, group: 5 as never })).toHaveProperty(
      'error.message',
      'Expected `key(ctx)` to be a string or undefined, got `5` (number).',
    );
    await settle();
    expect(sent.map(({ items }) => items)).toEqual([[1]]);
    answer(0);
    expect(await good).toBe('for 1');
    expect(policy.state().pending).toBe(0);
  });

  test('what is synchronous stays so, for the call that fills the batch', async () => {
    const { serve, policy } = under({
      maxBatchSize: 1,
      execute: (ids) => ids.map((id) => (id > 1 ? new Error('too many') : `for ${id}`)),
    });
    expect(serve({ id: 1 })).toBe('for 1');
    expect(() => serve({ id: 2 })).toThrow('too many');
    expect(policy.state()).toMatchObject({ pending: 0, running: 0, batches: 2 });
  });

  test('X-R6 a call that is over does not listen to its signal any more', () => {
    const { serve, policy } = under({ maxBatchSize: 1, execute: (ids) => ids });
    const caller = new AbortController();
    expect(serve({ id: 1, signal: caller.signal })).toBe(1);
    caller.abort();
    expect(policy.state().pending).toBe(0);
  });

  test('each caller goes on in its own async context; the batch runs in that of the call that set it off', async () => {
    const storage = new AsyncLocalStorage<string>();
    const heard: unknown[] = [];
    const ran: unknown[] = [];
    const probe = createPolicy<Call, object, object, Record<string, object>>({
      policy: 'probe',
      description: 'Looks on.',
      options: {},
      names: [],
      events: [],
      create: () => ({
        stage: (rest) => (ctx, outer) =>
          rest(ctx, {
            passive: false,
            linger: () => () => {},
            succeed(value) {
              heard.push(`${(ctx as Call).id} ${storage.getStore()}`);
              outer.succeed(value);
            },
            fail: (error) => outer.fail(error),
          }),
        apply() {},
        settings: () => ({}),
        state: () => ({}),
        reset() {},
      }),
    });
    const { policy, clock } = under({
      maxBatchSize: 3,
      windowMs: 50,
      execute: async (ids) => {
        ran.push(storage.getStore());
        return ids;
      },
    });
    const serve = pipeline<Call, unknown>()
      .use(probe)
      .use(policy)
      .handle(() => 'never');
    const begin = (id: number): unknown => storage.run(`ctx ${id}`, () => serve({ id }));
    await Promise.all([begin(1), begin(2), begin(3)]);
    const late = [begin(4), begin(5)];
    await storage.run('nobody', () => clock.advance(50));
    await Promise.all(late);
    expect(heard).toHaveLength(5);
    expect(new Set(heard)).toEqual(new Set([1, 2, 3, 4, 5].map((id) => `${id} ctx ${id}`)));
    expect(ran).toEqual(['ctx 3', 'ctx 4']);
  });

  test('reconfigure counts for batches that begin from now on, and changes nothing if it is wrong', async () => {
    const { sent, outcomeOf, policy } = under({ maxBatchSize: 3, windowMs: 50 });
    void outcomeOf({ id: 1 });
    expect(() => policy.reconfigure({ maxBatchSize: 2, windowMs: -1 })).toThrow(RangeError);
    expect(policy.describe().options['maxBatchSize']).toBe(3);
    policy.reconfigure({ maxBatchSize: 2 });
    for (const id of [2, 3, 4, 5]) void outcomeOf({ id });
    expect(sent.map(({ items }) => items)).toEqual([
      [1, 2, 3],
      [4, 5],
    ]);
  });

  test('reset forgets what was counted and disturbs nobody', async () => {
    const { outcomeOf, answer, policy } = under();
    const call = outcomeOf({ id: 1 });
    await settle();
    policy.reset();
    expect(policy.state()).toMatchObject({ batches: 0, calls: 0, pending: 1, running: 1 });
    answer(0);
    expect(await call).toBe('for 1');
    expect(policy.state()).toMatchObject({ pending: 0, running: 0 });
  });

  test('is described', () => {
    const { policy } = under();
    expect(policy.describe()).toEqual({
      policy: 'batch',
      name: 'batch',
      options: {
        execute: '[function execute]',
        item: '[function item]',
        key: undefined,
        maxBatchSize: 100,
        windowMs: 0,
        maxPending: Infinity,
      },
    });
  });

  test('a listener that throws changes nothing', async () => {
    const failures: unknown[] = [];
    const { outcomeOf, answer, policy } = under({
      onListenerError: (error) => failures.push(error),
    });
    const fault = new Error('listener');
    policy.on('flushed', () => {
      throw fault;
    });
    const call = outcomeOf({ id: 1 });
    await settle();
    answer(0);
    expect(await call).toBe('for 1');
    expect(failures).toEqual([fault]);
  });

  test('options that are wrong are refused in a sentence', () => {
    const execute = (ids: readonly unknown[]): readonly unknown[] => ids;
    expect(() => batch({} as never)).toThrow('Expected `execute` to be a function');
    expect(() => batch({ execute: 1 as never })).toThrow('Expected `execute` to be a function');
    expect(() => batch({ execute, item: 1 as never })).toThrow('`item` to be a function');
    expect(() => batch({ execute, key: 'a' as never })).toThrow('`key` to be a function');
    expect(() => batch({ execute, maxBatchSize: 0 })).toThrow(
      'Expected `maxBatchSize` to be a whole number, 1 or more, got `0` (number).',
    );
    expect(() => batch({ execute, windowMs: -1 })).toThrow(RangeError);
    expect(() => batch({ execute, windowMs: Infinity })).toThrow(RangeError);
    expect(() => batch({ execute, maxPending: 0 })).toThrow(RangeError);
    expect(() => batch({ execute, maxPending: '5' as never })).toThrow(TypeError);
    expect(() => batch({ execute, batchSize: 5 } as never)).toThrow('Did you mean "maxBatchSize"?');
  });

  test('X-R6 a hundred thousand calls leave nothing behind', async () => {
    const policy = batch({ execute: async (ids: readonly number[]) => ids, windowMs: 1 });
    const serve = pipeline<number, number>()
      .use(policy)
      .handle(() => -1);
    const before = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout');
    for (let round = 0; round < 1000; round++) {
      await Promise.all(Array.from({ length: 100 }, (_, id) => serve(id)));
    }
    const after = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout');
    expect(after).toEqual(before);
    expect(policy.state()).toMatchObject({ pending: 0, running: 0, batches: 1000 });
  });
});
