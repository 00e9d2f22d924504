/** Tests of cache over the store of its own. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { type CallContext, pipeline, wrap } from '@interpose/kernel';
import { fakeClock, middlewareContract, type Pending, pending, settle } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import { timeout } from '../timeout/timeout.ts';
import { cache } from './cache.ts';
import type { CacheOptions } from './cache-options.ts';
import { CacheKeyError } from './errors.ts';

interface Call {
  readonly id?: string;
  readonly signal?: AbortSignal;
}

for (const law of middlewareContract(({ clock }) => cache({ clock, key: () => 'one' }), {
  changesContext: true,
  heedsSignal: true,
  shares: true,
  sync: true,
})) {
  test(`cache ${law.name}`, law.check);
}

let unlike = 0;
for (const law of middlewareContract(({ clock }) => cache({ clock, key: () => `${unlike++}` }), {
  changesContext: true,
  heedsSignal: true,
  sync: true,
})) {
  test(`cache of unlike calls ${law.name}`, law.check);
}

/** A cache round a rest whose runs end when the test says so. */
function under(options: Partial<CacheOptions<Call>> = {}) {
  const clock = fakeClock();
  const policy = cache<Call>({ key: ({ id = 'a' }) => id, ttlMs: 100, clock, ...options });
  const events: { readonly type: string }[] = [];
  policy.on('*', ({ policy: _name, atMs: _at, ...event }) => events.push(event));
  const runs: (Pending<unknown> & { ctx: Required<Call> })[] = [];
  const serve = pipeline<Call, unknown>()
    .use(policy)
    .handle((ctx) => {
      const run = Object.assign(pending<unknown>(), { ctx: ctx as Required<Call> });
      runs.push(run);
      return run;
    });
  const outcomeOf = async (ctx: Call = {}): Promise<unknown> => {
    try {
      return await serve(ctx);
    } catch (error) {
      return { error };
    }
  };
  /** One whole call, whose run gives this if there is one. */
  const call = async (value: unknown, ctx: Call = {}): Promise<unknown> => {
    const at = runs.length;
    const outcome = outcomeOf(ctx);
    await settle();
    runs[at]?.resolve(value);
    return outcome;
  };
  const fail = async (error: unknown, ctx: Call = {}): Promise<unknown> => {
    const at = runs.length;
    const outcome = outcomeOf(ctx);
    runs[at]?.reject(error);
    return outcome;
  };
  return { clock, policy, events, runs, serve, outcomeOf, call, fail };
}

describe('cache', () => {
  test('M-130 round a function, keyed by function and arguments: a hit runs nothing, until its time is over', async () => {
    const clock = fakeClock();
    const policy = cache({
      clock,
      ttlMs: 300_000,
      key: ({ funcName, args }: CallContext) => JSON.stringify([funcName, args]),
    });
    let calls = 0;
    const square = wrap(async function square(n: number) {
      calls++;
      return n * n;
    }, policy);
    const cube = wrap(async function cube(n: number) {
      calls++;
      return n ** 3;
    }, policy);
    expect([await square(3), await square(3), await square(2), await cube(3)]).toEqual([
      9, 9, 4, 27,
    ]);
    expect(calls).toBe(3);
    await clock.advance(299_999);
    await square(3);
    expect(calls).toBe(3);
    await clock.advance(1);
    await square(3);
    expect(calls).toBe(4);
  });

  test('M-130 what is found is the very value, and nothing is run for it', async () => {
    const { call, runs, policy, events } = under();
    const value = { price: 5 };
    expect(await call(value)).toBe(value);
    expect(await call('not asked for')).toBe(value);
    expect(runs).toHaveLength(1);
    expect(policy.state()).toEqual({
      hits: 1,
      misses: 1,
      stale: 0,
      coalesced: 0,
      storeFailures: 0,
      entries: 1,
      running: 0,
      waiting: 0,
      abandoned: 0,
    });
    expect(events).toEqual([
      { type: 'miss', key: 'a' },
      { type: 'stored', key: 'a', ttlMs: 100, tags: [] },
      { type: 'hit', key: 'a', ageMs: 0 },
    ]);
  });

  test('the very instant at which the time is over is a miss', async () => {
    const { call, clock } = under();
    await call(1);
    await clock.advance(99);
    expect(await call(2)).toBe(1);
    await clock.advance(1);
    expect(await call(3)).toBe(3);
  });

  test.each([undefined, null, 0, '', false])('%s is a result like others', async (value) => {
    const { call, runs } = under();
    expect([await call(value), await call('other')]).toEqual([value, value]);
    expect(runs).toHaveLength(1);
  });

  test('M-130 a failure is not kept: the next call tries again', async () => {
    const { call, fail, runs, policy } = under();
    const error = new Error('down');
    expect(await fail(error)).toEqual({ error });
    expect(policy.state().entries).toBe(0);
    expect(await call('up')).toBe('up');
    expect(runs).toHaveLength(2);
  });

  test('M-130 callers with keys of their own never see what is private to another', async () => {
    interface Visit {
      readonly user: string;
      readonly page: string;
    }
    const serve = pipeline<Visit, string>()
      .use(cache({ key: ({ user, page }: Visit) => JSON.stringify([user, page]) }))
      .handle(({ user }) => `for ${user}`);
    const seen = ['ada', 'bob', 'ada'].map((user) => serve({ user, page: '/me' }));
    expect(seen).toEqual(['for ada', 'for bob', 'for ada']);
  });

  test('X-R5 of too many entries the least recently used goes', async () => {
    const { call, policy, events } = under({ maxEntries: 2 });
    for (const id of ['a', 'b', 'a', 'c']) await call(id, { id });
    expect(events.filter(({ type }) => type === 'evicted')).toEqual([
      { type: 'evicted', key: 'b' },
    ]);
    expect(policy.state().entries).toBe(2);
    policy.reconfigure({ maxEntries: 1 });
    expect(policy.state().entries).toBe(1);
    expect(await call('new', { id: 'c' })).toBe('c');
  });

  test('a call without a key passes by', async () => {
    const { call, runs, policy } = under({ key: () => undefined });
    expect([await call(1), await call(2)]).toEqual([1, 2]);
    expect(runs).toHaveLength(2);
    expect(policy.state()).toMatchObject({ hits: 0, misses: 0, entries: 0 });
  });

  test('a key that throws stops the call: nothing is run, nothing is given out', async () => {
    const fault = new Error('no user');
    const { outcomeOf, runs } = under({
      key: () => {
        throw fault;
      },
    });
    const { error } = (await outcomeOf()) as { error: CacheKeyError };
    expect(error).toBeInstanceOf(CacheKeyError);
    expect(error).toMatchObject({ code: 'CACHE_KEY', policy: 'cache', cause: fault });
    expect(error.message).toBe('"cache" has no key for the call: Error: no user');
    expect(runs).toHaveLength(0);
  });

  test('a key that is no text would collide with others, and stops the call', async () => {
    const { outcomeOf } = under({ key: () => ({ id: 1 }) as never });
    expect(await outcomeOf()).toMatchObject({ error: { code: 'CACHE_KEY' } });
  });

  test('what is synchronous stays so, when it is run and when it is found', () => {
    let runs = 0;
    const serve = pipeline<Call, number>()
      .use(cache({ key: () => 'a' }))
      .handle(() => ++runs);
    expect([serve({}), serve({})]).toEqual([1, 1]);
  });
});

describe('cache, on what to keep', () => {
  test('`ttlMs` may depend on the result; nothing, less and no number mean not to keep it', async () => {
    const { call, clock, policy } = under({ ttlMs: (_ctx, value) => value as number });
    for (const value of [0, -1, Number.NaN, 'soon', '50']) {
      await call(value);
      expect(policy.state().entries).toBe(0);
    }
    await call(50);
    await clock.advance(49);
    expect(await call('other')).toBe(50);
    await clock.advance(1);
    expect(await call(Infinity)).toBe(Infinity);
    await clock.advance(1e12);
    expect(await call('other')).toBe(Infinity);
  });

  test('`cacheIf` refuses a result, which those who share the run get nevertheless', async () => {
    const { call, outcomeOf, runs } = under({ cacheIf: (_ctx, value) => value !== 'none' });
    const calls = [outcomeOf(), outcomeOf()];
    runs[0]?.resolve('none');
    expect(await Promise.all(calls)).toEqual(['none', 'none']);
    expect(await call('some')).toBe('some');
    expect(await call('other')).toBe('some');
  });

  test.each<[string, Partial<CacheOptions<Call>>]>([
    ['ttlMs', { ttlMs: () => raise() }],
    ['cacheIf', { cacheIf: () => raise() }],
    ['cacheIf, if it gives a promise,', { cacheIf: (async () => false) as never }],
    ['dependsOn', { dependsOn: () => raise() }],
    ['dependsOn, if it gives no tags,', { dependsOn: () => [1] as never }],
  ])('when `%s` throws, the result goes to the caller and is not kept', async (_, options) => {
    const { call, policy, events } = under(options);
    expect(await call(1)).toBe(1);
    expect(await call(2)).toBe(2);
    expect(policy.state()).toMatchObject({ storeFailures: 2, entries: 0 });
    expect(events.at(-1)).toMatchObject({ type: 'storeFailed', key: 'a', operation: 'set' });
  });

  async function* numbers(): AsyncGenerator<number> {
    yield 1;
  }

  test.each([
    ['an async iterable', () => numbers()],
    ['a stream', () => new Blob(['text']).stream()],
    ['a response', () => new Response('text')],
    ['an iterator', () => [1].values()],
  ])('a result that can be read once only is neither kept nor shared: %s', async (_, make) => {
    const { runs, outcomeOf, policy } = under();
    const calls = [outcomeOf(), outcomeOf()];
    runs[0]?.resolve(make());
    await settle();
    expect(runs).toHaveLength(2);
    runs[1]?.resolve(make());
    const [one, two] = await Promise.all(calls);
    expect(one).not.toBe(two);
    expect(policy.state().entries).toBe(0);
  });
});

const raise = (): never => {
  throw new Error('broken option');
};

describe('cache, when many call at once', () => {
  test('M-130 equal calls share one run: no stampede', async () => {
    const { runs, outcomeOf, policy } = under();
    const calls = Array.from({ length: 100 }, () => outcomeOf());
    expect(runs).toHaveLength(1);
    expect(policy.state()).toMatchObject({ misses: 1, coalesced: 99, running: 1, waiting: 100 });
    runs[0]?.resolve('one for all');
    expect(new Set(await Promise.all(calls))).toEqual(new Set(['one for all']));
  });

  test('a leader that fails gives all the same error, and the next call tries again', async () => {
    const { runs, outcomeOf, events } = under();
    const calls = [outcomeOf(), outcomeOf()];
    const error = new Error('down');
    runs[0]?.reject(error);
    expect(await Promise.all(calls)).toEqual([{ error }, { error }]);
    expect(events.map(({ type }) => type)).toEqual(['miss', 'coalesced']);
    void outcomeOf();
    expect(runs).toHaveLength(2);
  });

  test('one who gives up leaves the run to the others; the last one ends it, and it is not kept', async () => {
    const { runs, outcomeOf, policy } = under();
    const callers = [new AbortController(), new AbortController()];
    const calls = callers.map(({ signal }) => outcomeOf({ signal }));
    const signal = runs[0]?.ctx.signal;
    callers[0]?.abort('one');
    expect(signal?.aborted).toBe(false);
    callers[1]?.abort('two');
    expect(signal?.reason).toBe('two');
    expect(await Promise.all(calls)).toEqual([{ error: 'one' }, { error: 'two' }]);
    runs[0]?.resolve('late');
    await settle();
    expect(policy.state()).toMatchObject({ entries: 0, abandoned: 0, waiting: 0 });
  });

  test('without `singleFlight` each call runs by itself, and is ended by its own caller', async () => {
    const { runs, outcomeOf, policy } = under({ singleFlight: false });
    const caller = new AbortController();
    const calls = [outcomeOf({ signal: caller.signal }), outcomeOf()];
    expect(runs).toHaveLength(2);
    caller.abort('enough');
    expect([runs[0]?.ctx.signal.aborted, runs[1]?.ctx.signal?.aborted ?? false]).toEqual([
      true,
      false,
    ]);
    runs[1]?.resolve('kept');
    expect(await Promise.all(calls)).toEqual([{ error: 'enough' }, 'kept']);
    expect(await outcomeOf()).toBe('kept');
    expect(policy.state()).toMatchObject({ coalesced: 0, misses: 2, hits: 1 });
  });
});

describe('cache, with results that are not fresh', () => {
  test('`swrMs` gives them out at once and fetches a new one, once', async () => {
    const { call, outcomeOf, runs, clock, policy, events } = under({ swrMs: 50 });
    await call('old');
    await clock.advance(100);
    expect(await outcomeOf()).toBe('old');
    expect(await outcomeOf()).toBe('old');
    expect(runs).toHaveLength(2);
    runs[1]?.resolve('new');
    await settle();
    expect(await outcomeOf()).toBe('new');
    expect(policy.state()).toMatchObject({ stale: 2, hits: 1, misses: 1 });
    expect(events.filter(({ type }) => type === 'stale')).toEqual(
      Array.from({ length: 2 }, () => ({
        type: 'stale',
        key: 'a',
        ageMs: 100,
        because: 'revalidating',
      })),
    );
  });

  test('`swrMs` is exact, and whoever comes after it joins the run in the background', async () => {
    const { call, outcomeOf, runs, clock } = under({ swrMs: 50 });
    await call('old');
    await clock.advance(149);
    expect(await outcomeOf()).toBe('old');
    await clock.advance(1);
    const caller = new AbortController();
    const calls = [outcomeOf(), outcomeOf({ signal: caller.signal })];
    expect(runs).toHaveLength(2);
    caller.abort('enough');
    runs[1]?.resolve('new');
    expect(await Promise.all(calls)).toEqual(['new', { error: 'enough' }]);
  });

  test('a run in the background belongs to nobody: it goes on when its caller gives up', async () => {
    const { call, outcomeOf, runs, clock } = under({ swrMs: 50 });
    await call('old');
    await clock.advance(120);
    const caller = new AbortController();
    await outcomeOf({ signal: caller.signal });
    const joiner = new AbortController();
    await clock.advance(40);
    const joined = outcomeOf({ signal: joiner.signal });
    caller.abort();
    joiner.abort('enough');
    expect(await joined).toEqual({ error: 'enough' });
    expect(runs[1]?.ctx.signal.aborted).toBe(false);
    runs[1]?.resolve('new');
    await settle();
    expect(await outcomeOf()).toBe('new');
  });

  test('a run in the background that fails is told by an event, and tried again by the next call', async () => {
    const { call, outcomeOf, runs, clock, events, policy } = under({
      swrMs: 50,
      staleIfErrorMs: 50,
    });
    await call('old');
    await clock.advance(100);
    await outcomeOf();
    const error = new Error('down');
    runs[1]?.reject(error);
    await settle();
    expect(events.at(-1)).toEqual({ type: 'refreshFailed', key: 'a', error });
    expect(policy.state().stale).toBe(1);
    expect(await outcomeOf()).toBe('old');
    expect(runs).toHaveLength(3);
  });

  test('a stream that comes in the background is ended, for nobody reads it', async () => {
    const { call, outcomeOf, runs, clock } = under({ swrMs: 50 });
    await call('old');
    await clock.advance(100);
    await outcomeOf();
    let cancelled = false;
    runs[1]?.resolve(new ReadableStream({ cancel: () => void (cancelled = true) }));
    await settle();
    expect(cancelled).toBe(true);
    expect(runs[1]?.ctx.signal.reason).toMatchObject({ name: 'AbortError' });
  });

  test('`staleIfErrorMs` gives them out when the rest fails, to all who wait', async () => {
    const { call, outcomeOf, runs, clock, policy, events } = under({ staleIfErrorMs: 50 });
    await call('old');
    await clock.advance(110);
    const calls = [outcomeOf(), outcomeOf()];
    await clock.advance(39);
    runs[1]?.reject(new Error('down'));
    expect(await Promise.all(calls)).toEqual(['old', 'old']);
    expect(events.at(-1)).toEqual({ type: 'stale', key: 'a', ageMs: 149, because: 'error' });
    expect(policy.state()).toMatchObject({ stale: 1, misses: 2, hits: 0 });
  });

  test('`staleIfErrorMs` is over by the time the failure comes, not the call', async () => {
    const { call, outcomeOf, runs, clock } = under({ staleIfErrorMs: 50 });
    await call('old');
    await clock.advance(110);
    const late = outcomeOf();
    await clock.advance(40);
    const error = new Error('down');
    runs[1]?.reject(error);
    expect(await late).toEqual({ error });
  });

  test('whoever gives up gets its reason, not an old result', async () => {
    const { call, outcomeOf, runs, clock, policy } = under({ staleIfErrorMs: 50 });
    await call('old');
    await clock.advance(110);
    const caller = new AbortController();
    const late = outcomeOf({ signal: caller.signal });
    caller.abort('enough');
    runs[1]?.reject('enough');
    expect(await late).toEqual({ error: 'enough' });
    expect(policy.state().stale).toBe(0);
  });

  test('joiners of a run in the background get an old result, too, when it fails', async () => {
    const { call, outcomeOf, runs, clock } = under({ swrMs: 10, staleIfErrorMs: 50 });
    await call('old');
    await clock.advance(105);
    await outcomeOf();
    await clock.advance(20);
    const joined = outcomeOf();
    expect(runs).toHaveLength(2);
    runs[1]?.reject(new Error('down'));
    expect(await joined).toBe('old');
  });
});

describe('cache, when results become invalid', () => {
  const tagged: Partial<CacheOptions<Call>> = {
    dependsOn: (_ctx, value) => (value as { tags?: string[] }).tags ?? 'user',
  };

  test('M-130 `invalidate(tag)` drops what depends on it, and nothing else', async () => {
    const { call, policy, events } = under(tagged);
    await call({ tags: ['user', 'group'] }, { id: 'a' });
    await call({ tags: ['group'] }, { id: 'b' });
    expect(policy.invalidate('user')).toBeUndefined();
    expect(await call({ tags: [], n: 2 }, { id: 'a' })).toMatchObject({ n: 2 });
    expect(await call({ n: 2 }, { id: 'b' })).toEqual({ tags: ['group'] });
    expect(events).toContainEqual({ type: 'invalidated', tag: 'user', key: undefined });
  });

  test('M-130 `invalidate({ key })` drops one', async () => {
    const { call, policy, events } = under();
    await call(1, { id: 'a' });
    await call(1, { id: 'b' });
    await policy.invalidate({ key: 'a' });
    expect([await call(2, { id: 'a' }), await call(2, { id: 'b' })]).toEqual([2, 1]);
    expect(events).toContainEqual({ type: 'invalidated', key: 'a', tag: undefined });
  });

  test.each([
    ['its tag', 'user'],
    ['its key', { key: 'a' }],
  ])('what was begun before is not kept: by %s', async (_, what) => {
    const { outcomeOf, call, runs, policy } = under(tagged);
    const before = outcomeOf();
    await policy.invalidate(what);
    runs[0]?.resolve({ n: 'outdated' });
    expect(await before).toEqual({ n: 'outdated' });
    expect(policy.state().entries).toBe(0);
    expect(await call({ n: 'new' })).toEqual({ n: 'new' });
  });

  test.each([
    ['its tag', 'user'],
    ['its key', { key: 'a' }],
  ])('whoever comes after it does not join what was begun before: by %s', async (_, what) => {
    const { outcomeOf, runs, policy } = under(tagged);
    const before = outcomeOf();
    await policy.invalidate(what);
    const after = outcomeOf();
    expect(runs).toHaveLength(2);
    runs[1]?.resolve({ n: 'new' });
    expect(await after).toEqual({ n: 'new' });
    runs[0]?.resolve({ n: 'outdated' });
    expect(await before).toEqual({ n: 'outdated' });
    expect(await outcomeOf()).toEqual({ n: 'new' });
  });

  test('another tag or key does not touch what was begun before', async () => {
    const { outcomeOf, runs, policy } = under(tagged);
    const before = outcomeOf();
    await policy.invalidate('other');
    await policy.invalidate({ key: 'b' });
    runs[0]?.resolve({ n: 1 });
    await before;
    expect(policy.state().entries).toBe(1);
  });

  test('a run in the background does not bring back what was dropped', async () => {
    const { call, outcomeOf, runs, clock, policy } = under({ ...tagged, swrMs: 50 });
    await call({ n: 'old' });
    await clock.advance(100);
    await outcomeOf();
    await policy.invalidate('user');
    runs[1]?.resolve({ n: 'outdated' });
    await settle();
    expect(await call({ n: 'new' })).toEqual({ n: 'new' });
  });

  test('a failure is not made up for by what was dropped', async () => {
    const { call, outcomeOf, runs, clock, policy } = under({ ...tagged, staleIfErrorMs: 50 });
    await call({ n: 'old' });
    await clock.advance(100);
    const late = outcomeOf();
    await policy.invalidate('user');
    const error = new Error('down');
    runs[1]?.reject(error);
    expect(await late).toEqual({ error });
  });

  test('X-R5 however much is invalidated while a run goes on, it is not kept in doubt', async () => {
    const { outcomeOf, runs, policy } = under(tagged);
    const calls = [outcomeOf(), outcomeOf({ id: 'b' })];
    await policy.invalidate('user');
    for (let n = 0; n < 2000; n++) await policy.invalidate(`other ${n}`);
    runs[0]?.resolve({});
    runs[1]?.resolve({ tags: [] });
    await Promise.all(calls);
    expect(policy.state().entries).toBe(0);
  });

  test('what is neither a tag nor a key is refused', () => {
    const { policy } = under();
    for (const wrong of [undefined, null, 7, {}, { key: 7 }]) {
      expect(() => policy.invalidate(wrong as never)).toThrow(
        'Expected `invalidate()` to be a tag or { key }',
      );
    }
  });
});

describe('cache, as a policy', () => {
  test('whoever waits goes on in its own async context, and so does what it asks', async () => {
    const storage = new AsyncLocalStorage<string>();
    const asked: unknown[] = [];
    const { runs, serve, policy } = under({
      cacheIf: () => Boolean(asked.push(storage.getStore())),
    });
    const heard: unknown[] = [];
    policy.on('stored', () => heard.push(storage.getStore()));
    const calls = ['one', 'two'].map((name) =>
      storage.run(name, async () => {
        await serve({});
        return storage.getStore();
      }),
    );
    runs[0]?.resolve(1);
    expect(await Promise.all(calls)).toEqual(['one', 'two']);
    expect([asked, heard]).toEqual([['one'], ['one']]);
  });

  test('what comes from a policy further in is dealt with in the async context of the call', async () => {
    const storage = new AsyncLocalStorage<string>();
    const { policy, clock, call } = under({ staleIfErrorMs: 500 });
    await call('old');
    await clock.advance(100);
    const heard: unknown[] = [];
    policy.on('stale', () => heard.push(storage.getStore()));
    const serve = pipeline<Call, unknown>()
      .use(policy)
      .use(timeout({ clock, timeoutMs: 50 }))
      .handle(() => pending());
    const late = storage.run('mine', () => serve({}));
    await storage.run('other', () => clock.advance(50));
    expect(await late).toBe('old');
    expect(heard).toEqual(['mine']);
  });

  test('reset empties it, and what is under way is not kept', async () => {
    const { call, outcomeOf, runs, policy } = under();
    await call(1, { id: 'b' });
    const before = outcomeOf();
    policy.reset();
    expect(policy.state()).toMatchObject({
      hits: 0,
      misses: 0,
      entries: 0,
      running: 1,
      waiting: 1,
    });
    const after = outcomeOf();
    expect(runs).toHaveLength(3);
    runs[2]?.resolve('new');
    expect(await after).toBe('new');
    runs[1]?.resolve('old');
    expect(await before).toBe('old');
    expect(await outcomeOf()).toBe('new');
    expect(policy.state()).toMatchObject({ misses: 1, hits: 1, entries: 1 });
  });

  test('reconfigure counts for what is kept from now on, and changes nothing if it is wrong', async () => {
    const { call, clock, policy } = under();
    await call(1, { id: 'a' });
    expect(() => policy.reconfigure({ ttlMs: 10, swrMs: -1 })).toThrow(RangeError);
    expect(policy.describe().options['ttlMs']).toBe(100);
    policy.reconfigure({ ttlMs: 10 });
    await call(1, { id: 'b' });
    await clock.advance(10);
    expect([await call(2, { id: 'a' }), await call(2, { id: 'b' })]).toEqual([1, 2]);
    expect(() => policy.reconfigure({ store: undefined as never })).toThrow(
      '`store` of "cache" cannot change; make a new one.',
    );
  });

  test('X-R6 once disposed of it refuses, ends what runs in the background, and keeps nothing more', async () => {
    const { call, outcomeOf, runs, clock, policy, events } = under({ swrMs: 50 });
    await call('old');
    await clock.advance(100);
    await outcomeOf();
    const underWay = outcomeOf({ id: 'b' });
    policy[Symbol.dispose]();
    expect(runs[1]?.ctx.signal.reason).toMatchObject({ code: 'DISPOSED' });
    expect(runs[2]?.ctx.signal.aborted).toBe(false);
    runs[2]?.resolve('arrives');
    expect(await underWay).toBe('arrives');
    runs[1]?.reject(new Error('ended'));
    await settle();
    expect(events.map(({ type }) => type)).not.toContain('refreshFailed');
    expect(await outcomeOf()).toMatchObject({ error: { code: 'DISPOSED' } });
    expect(policy.state().entries).toBe(0);
    expect(clock.nextInMs).toBeUndefined();
  });

  test('X-R6 disposed of, it leaves a run in the background to those who have joined it, and to them only', async () => {
    const { call, outcomeOf, runs, clock, policy } = under({ swrMs: 50 });
    await call('old', { id: 'a' });
    await call('old', { id: 'b' });
    await clock.advance(149);
    await Promise.all([outcomeOf({ id: 'a' }), outcomeOf({ id: 'b' })]);
    await clock.advance(1);
    const caller = new AbortController();
    const joined = [outcomeOf({ id: 'a' }), outcomeOf({ id: 'b', signal: caller.signal })];
    policy[Symbol.dispose]();
    runs[2]?.resolve('new');
    expect(await joined[0]).toBe('new');
    expect(runs[3]?.ctx.signal.aborted).toBe(false);
    caller.abort('enough');
    expect(await joined[1]).toEqual({ error: 'enough' });
    expect(runs[3]?.ctx.signal.reason).toBe('enough');
  });

  test('X-R6 a run in the background that is over is not ended again', async () => {
    const { call, outcomeOf, runs, clock, policy } = under({ swrMs: 50 });
    await call('old');
    await clock.advance(100);
    await outcomeOf();
    runs[1]?.resolve('new');
    await settle();
    policy[Symbol.dispose]();
    expect(policy.state()).toMatchObject({ running: 0, abandoned: 0 });
    expect(runs[1]?.ctx.signal.aborted).toBe(false);
  });

  test('is described', () => {
    expect(under().policy.describe()).toEqual({
      policy: 'cache',
      name: 'cache',
      options: {
        key: '[function key]',
        ttlMs: 100,
        maxEntries: 1000,
        swrMs: 0,
        staleIfErrorMs: 0,
        singleFlight: true,
        cacheIf: undefined,
        dependsOn: undefined,
        storeTimeoutMs: 100,
        store: 'memory',
      },
    });
  });

  test('a listener that throws changes nothing', async () => {
    const failures: unknown[] = [];
    const { call, policy } = under({ onListenerError: (error) => failures.push(error) });
    policy.on('*', raise);
    expect([await call(1), await call(2)]).toEqual([1, 1]);
    expect(failures).toHaveLength(3);
  });

  test('options that are wrong are refused in a sentence', () => {
    const key = (): string => 'a';
    expect(() => cache({} as never)).toThrow('Expected `key` to be a function, got `undefined`');
    expect(() => cache({ key, ttlMs: 0 })).toThrow(
      'Expected `ttlMs` to be a number of milliseconds above 0, got `0` (number).',
    );
    expect(() => cache({ key, ttlMs: '5' as never })).toThrow(TypeError);
    expect(() => cache({ key, maxEntries: 0 })).toThrow(RangeError);
    expect(() => cache({ key, swrMs: -1 })).toThrow('`swrMs`');
    expect(() => cache({ key, staleIfErrorMs: Infinity })).toThrow('`staleIfErrorMs`');
    expect(() => cache({ key, storeTimeoutMs: 0 })).toThrow('`storeTimeoutMs`');
    expect(() => cache({ key, singleFlight: 'yes' as never })).toThrow('true or false');
    expect(() => cache({ key, cacheIf: true as never })).toThrow('`cacheIf` to be a function');
    expect(() => cache({ key, dependsOn: 'a' as never })).toThrow('`dependsOn` to be a function');
    expect(() => cache({ key, store: {} as never })).toThrow(
      'an object with get, set, delete, invalidate',
    );
    expect(() => cache({ key, ttl: 5 } as never)).toThrow('Did you mean "ttlMs"?');
  });
});
