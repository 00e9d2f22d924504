/** Tests of cache over a store elsewhere: one that takes its time, is down, hangs, or lands a write too late. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { pipeline } from '@interpose/kernel';
import { fakeClock, middlewareContract, type Pending, pending, settle } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import { cache } from './cache.ts';
import type { CacheOptions } from './cache-options.ts';
import type { CacheStore } from './cache-store.ts';
import { memoryCacheStore } from './memory-cache-store.ts';

interface Call {
  readonly id?: string;
  readonly signal?: AbortSignal;
}

/** A store whose operations end when the test says so. */
function slowStore(clock = fakeClock()) {
  const memory = memoryCacheStore({ clock });
  const waiting: { name: string; goOn: () => void; fail: (error: unknown) => void }[] = [];
  const later = <T>(name: string, act: () => T): Promise<T> => {
    const turn = pending<void>();
    waiting.push({ name, goOn: () => turn.resolve(), fail: (error) => turn.reject(error) });
    return turn.then(act);
  };
  const store: CacheStore = {
    get: (key) => later(`get ${key}`, () => memory.get(key)),
    set: (key, entry) => later(`set ${key}`, () => memory.set(key, entry)),
    delete: (key) => later(`delete ${key}`, () => memory.delete(key)),
    invalidate: (tag) => later(`invalidate ${tag}`, () => memory.invalidate(tag)),
  };
  const take = (name: string) => {
    const found = waiting.find((one) => one.name === name);
    if (!found) throw new Error(`Nobody waits for "${name}".`);
    waiting.splice(waiting.indexOf(found), 1);
    return found;
  };
  return {
    store,
    memory,
    /** What the store has been asked and has not answered. */
    asked: () => waiting.map(({ name }) => name),
    async answer(name: string) {
      take(name).goOn();
      await settle();
    },
    async fail(name: string, error: unknown) {
      take(name).fail(error);
      await settle();
    },
  };
}

/** A store that answers by promises, at once. */
function promptStore(clock = fakeClock()): CacheStore {
  const memory = memoryCacheStore({ clock });
  return {
    get: async (key) => memory.get(key),
    set: async (key, entry) => memory.set(key, entry),
    delete: async (key) => memory.delete(key),
    invalidate: async (tag) => memory.invalidate(tag),
  };
}

for (const law of middlewareContract(
  ({ clock }) => cache({ clock, key: () => 'one', store: promptStore() }),
  { changesContext: true, heedsSignal: true, shares: true },
)) {
  test(`cache over promises ${law.name}`, law.check);
}

function under(store: CacheStore, options: Partial<CacheOptions<Call>> = {}, clock = fakeClock()) {
  const policy = cache<Call>({
    key: ({ id = 'a' }) => id,
    ttlMs: 100,
    dependsOn: () => 'user',
    clock,
    store,
    ...options,
  });
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
  return { clock, policy, events, runs, serve, outcomeOf };
}

describe('cache over a store that takes its time', () => {
  test('finds there what was stored, and nobody waits for the storing', async () => {
    const slow = slowStore();
    const { outcomeOf, runs, events } = under(slow.store);
    const first = outcomeOf();
    expect(runs).toHaveLength(0);
    await slow.answer('get a');
    runs[0]?.resolve('kept');
    expect(await first).toBe('kept');
    expect(slow.asked()).toEqual(['set a']);
    await slow.answer('set a');
    const second = outcomeOf();
    await slow.answer('get a');
    expect(await second).toBe('kept');
    expect(runs).toHaveLength(1);
    expect(events.map(({ type }) => type)).toEqual(['miss', 'stored', 'hit']);
  });

  test('equal calls wait for one lookup together', async () => {
    const slow = slowStore();
    const { outcomeOf, runs, policy } = under(slow.store);
    const calls = [outcomeOf(), outcomeOf(), outcomeOf()];
    expect(slow.asked()).toEqual(['get a']);
    await slow.answer('get a');
    expect(runs).toHaveLength(1);
    runs[0]?.resolve(1);
    expect(await Promise.all(calls)).toEqual([1, 1, 1]);
    await slow.answer('set a');
    const again = [outcomeOf(), outcomeOf()];
    await slow.answer('get a');
    expect(await Promise.all(again)).toEqual([1, 1]);
    expect(policy.state()).toMatchObject({ misses: 1, hits: 1, coalesced: 3, entries: undefined });
  });

  test('without `singleFlight` each asks by itself', async () => {
    const slow = slowStore();
    const { outcomeOf, runs } = under(slow.store, { singleFlight: false });
    const calls = [outcomeOf(), outcomeOf()];
    expect(slow.asked()).toEqual(['get a', 'get a']);
    await slow.answer('get a');
    await slow.answer('get a');
    expect(runs).toHaveLength(2);
    for (const run of runs) run.resolve(1);
    expect(await Promise.all(calls)).toEqual([1, 1]);
  });

  test('without `singleFlight` nobody waits for a run in the background either', async () => {
    const clock = fakeClock();
    const slow = slowStore(clock);
    slow.memory.set('a', { value: 'old', ttlMs: 100, keepMs: 150, tags: [] });
    const { outcomeOf, runs } = under(slow.store, { swrMs: 50, singleFlight: false }, clock);
    await clock.advance(149);
    void outcomeOf();
    await slow.answer('get a');
    await clock.advance(1);
    const own = outcomeOf();
    await slow.answer('get a');
    expect(runs).toHaveLength(2);
    runs[1]?.resolve('own');
    expect(await own).toBe('own');
  });

  test('a store may say `null` where it means nothing', async () => {
    const store = { ...promptStore(), get: async () => null as never };
    const { outcomeOf, runs } = under(store, { staleIfErrorMs: 10 });
    const call = outcomeOf();
    await settle();
    runs[0]?.reject('down');
    expect(await call).toEqual({ error: 'down' });
  });

  test('what is on its way counts as stored', async () => {
    const slow = slowStore();
    const { outcomeOf, runs, clock } = under(slow.store);
    const first = outcomeOf();
    await slow.answer('get a');
    runs[0]?.resolve('on its way');
    await first;
    await clock.advance(99);
    expect(await outcomeOf()).toBe('on its way');
    await clock.advance(1);
    const second = outcomeOf();
    expect(runs).toHaveLength(2);
    runs[1]?.resolve('newer');
    expect(await second).toBe('newer');
    // Two writes of one key could land in any order.
    expect(slow.asked()).toEqual(['set a']);
  });

  test('old results are given out while a new one is fetched', async () => {
    const clock = fakeClock();
    const slow = slowStore(clock);
    slow.memory.set('a', { value: 'old', ttlMs: 100, keepMs: 150, tags: [] });
    const { outcomeOf, runs } = under(slow.store, { swrMs: 50 }, clock);
    await clock.advance(120);
    const stale = [outcomeOf(), outcomeOf()];
    await slow.answer('get a');
    expect(await Promise.all(stale)).toEqual(['old', 'old']);
    expect(runs).toHaveLength(1);
    const more = outcomeOf();
    await slow.answer('get a');
    expect(await more).toBe('old');
    await clock.advance(40);
    const tooLate = outcomeOf();
    await slow.answer('get a');
    expect(runs).toHaveLength(1);
    runs[0]?.resolve('new');
    expect(await tooLate).toBe('new');
  });

  test('whoever finds that its key is being fetched in the background waits for that', async () => {
    const clock = fakeClock();
    const slow = slowStore(clock);
    slow.memory.set('a', { value: 'old', ttlMs: 100, keepMs: 150, tags: [] });
    const { outcomeOf, runs, policy } = under(slow.store, { swrMs: 50 }, clock);
    await clock.advance(149);
    const stale = outcomeOf();
    await slow.answer('get a');
    expect(await stale).toBe('old');
    await clock.advance(1);
    const caller = new AbortController();
    const calls = [outcomeOf(), outcomeOf(), outcomeOf({ signal: caller.signal })];
    expect(slow.asked()).toEqual(['get a', 'get a', 'get a']);
    for (const _ of calls) await slow.answer('get a');
    expect(policy.state()).toMatchObject({ running: 1, waiting: 3, coalesced: 3 });
    caller.abort('enough');
    runs[0]?.resolve('new');
    expect(await Promise.all(calls)).toEqual(['new', 'new', { error: 'enough' }]);
    expect(runs).toHaveLength(1);
  });

  test('giving up during the lookup settles at once; when all have, nothing is run', async () => {
    const slow = slowStore();
    const { outcomeOf, runs, policy, clock, events } = under(slow.store);
    const callers = [new AbortController(), new AbortController()];
    const calls = callers.map(({ signal }) => outcomeOf({ signal }));
    callers[0]?.abort('one');
    expect(await calls[0]).toEqual({ error: 'one' });
    callers[1]?.abort('two');
    expect(await calls[1]).toEqual({ error: 'two' });
    expect(policy.state()).toMatchObject({ misses: 0, running: 0, waiting: 0, abandoned: 0 });
    expect(clock.pending).toBe(0);
    await slow.answer('get a');
    expect(runs).toHaveLength(0);
    expect(events.map(({ type }) => type)).toEqual(['coalesced']);
  });

  test('when the leader gives up during the lookup, the others go on', async () => {
    const slow = slowStore();
    const { outcomeOf, runs } = under(slow.store);
    const leader = new AbortController();
    const calls = [outcomeOf({ signal: leader.signal }), outcomeOf()];
    leader.abort('enough');
    await slow.answer('get a');
    runs[0]?.resolve(1);
    expect(await Promise.all(calls)).toEqual([{ error: 'enough' }, 1]);
  });

  test('after the lookup each goes on in its own async context', async () => {
    const storage = new AsyncLocalStorage<string>();
    const slow = slowStore();
    const { policy } = under(slow.store);
    const seen: unknown[] = [];
    const serve = pipeline<Call, unknown>()
      .use(policy)
      .handle(() => seen.push(storage.getStore()));
    const call = storage.run('mine', () => serve({}));
    await storage.run('other', () => slow.answer('get a'));
    await call;
    expect(seen).toEqual(['mine']);
  });
});

describe('cache over a store that is down', () => {
  const down = new Error('store down');
  const throwing = (): never => {
    throw down;
  };
  const rejecting = (): Promise<never> => Promise.reject(down);

  test.each([
    ['throws', throwing],
    ['rejects', rejecting],
  ])('fails open when the store %s: calls run the rest, and events tell', async (_, act) => {
    const store = { get: act, set: act, delete: act, invalidate: act };
    const { outcomeOf, runs, policy, events } = under(store);
    for (const value of [1, 2]) {
      const call = outcomeOf();
      await settle();
      runs.at(-1)?.resolve(value);
      expect(await call).toBe(value);
    }
    await settle();
    expect(policy.state()).toMatchObject({ misses: 2, storeFailures: 4 });
    expect(events.filter(({ type }) => type === 'stored')).toEqual([]);
    expect(events).toContainEqual({ type: 'storeFailed', key: 'a', operation: 'get', error: down });
    expect(events).toContainEqual({ type: 'storeFailed', key: 'a', operation: 'set', error: down });
  });

  test('an invalidation that fails says so: whoever asked must know', async () => {
    const rejected = under({ ...promptStore(), invalidate: rejecting, delete: rejecting });
    await expect(rejected.policy.invalidate('user')).rejects.toBe(down);
    await expect(rejected.policy.invalidate({ key: 'a' })).rejects.toBe(down);
    const thrown = under({ ...promptStore(), invalidate: throwing });
    expect(() => thrown.policy.invalidate('user')).toThrow(down);
  });

  test('fails open when it is slow: after `storeTimeoutMs` the rest is run without it', async () => {
    const storage = new AsyncLocalStorage<string>();
    const slow = slowStore();
    const { policy, clock, events } = under(slow.store, { storeTimeoutMs: 20 });
    const seen: unknown[] = [];
    const serve = pipeline<Call, unknown>()
      .use(policy)
      .handle(() => {
        seen.push(storage.getStore());
        return 'without';
      });
    const call = storage.run('mine', () => serve({}));
    await clock.advance(19);
    expect(seen).toEqual([]);
    await clock.advance(1);
    expect(await call).toBe('without');
    expect(seen).toEqual(['mine']);
    expect(events[0]).toMatchObject({ type: 'storeFailed', operation: 'get', key: 'a' });
    expect(events[0]).toHaveProperty('error.message', 'The store took longer than 20 ms.');
    await slow.answer('get a');
    expect(clock.pending).toBe(0);
  });

  test('an answer of the very moment at which its time is up still counts', async () => {
    const slow = slowStore();
    const { outcomeOf, runs, clock } = under(slow.store, { storeTimeoutMs: 20 });
    slow.memory.set('a', { value: 'there', ttlMs: 1e6, keepMs: 1e6, tags: [] });
    clock.setTimer(() => void slow.answer('get a'), 20);
    const call = outcomeOf();
    await clock.advance(20);
    expect(await call).toBe('there');
    expect(runs).toHaveLength(0);
  });

  test('a limit of `Infinity` waits for ever, and reconfigure counts for new lookups', async () => {
    const slow = slowStore();
    const { outcomeOf, policy, clock } = under(slow.store, { storeTimeoutMs: Infinity });
    void outcomeOf();
    expect(clock.nextInMs).toBeUndefined();
    policy.reconfigure({ storeTimeoutMs: 5 });
    void outcomeOf({ id: 'b' });
    expect(clock.nextInMs).toBe(5);
  });

  test('X-R5 a store that hangs does not fill the memory with what is to be written', async () => {
    let writes = 0;
    const store: CacheStore = {
      ...promptStore(),
      set() {
        writes++;
        return pending<void>();
      },
    };
    const { policy } = under(store);
    const serve = pipeline<Call, number>()
      .use(policy)
      .handle(() => 1);
    for (let n = 0; n < 1500; n++) await serve({ id: String(n) });
    expect(writes).toBe(1000);
    expect(await serve({ id: '1499' })).toBe(1);
  });

  test('X-R6 once disposed of it sends away whoever waits for the store', async () => {
    const slow = slowStore();
    const { outcomeOf, runs, policy, clock } = under(slow.store);
    const calls = [outcomeOf(), outcomeOf()];
    policy[Symbol.dispose]();
    expect(await Promise.all(calls)).toMatchObject([
      { error: { code: 'DISPOSED' } },
      { error: { code: 'DISPOSED' } },
    ]);
    await slow.answer('get a');
    expect(runs).toHaveLength(0);
    expect(clock.pending).toBe(0);
  });

  test('a store and a bound for the one it replaces contradict each other', () => {
    expect(() => cache({ key: () => 'a', store: promptStore(), maxEntries: 5 })).toThrow(
      'Expected `maxEntries` or `store`, got both',
    );
    expect(under(promptStore()).policy.describe().options).toMatchObject({ store: 'given' });
  });
});

describe('cache over a store that lands a write too late', () => {
  /** A value is on its way to the store. */
  async function writing() {
    const slow = slowStore();
    const made = under(slow.store);
    const first = made.outcomeOf();
    await slow.answer('get a');
    made.runs[0]?.resolve('outdated');
    await first;
    expect(slow.asked()).toEqual(['set a']);
    return { slow, ...made };
  }

  test.each([
    ['its tag', 'user', 'invalidate user'],
    ['its key', { key: 'a' }, 'delete a'],
  ])(
    'what was invalidated meanwhile is taken out again before `invalidate` ends: by %s',
    async (_, what, operation) => {
      const { slow, policy, outcomeOf, runs } = await writing();
      let ended = false;
      const invalidated = Promise.resolve(policy.invalidate(what)).then(() => (ended = true));
      await slow.answer(operation);
      expect(ended).toBe(false);
      // What is on its way is given out no more, and nor is what it may have become.
      const between = outcomeOf();
      expect(slow.asked()).toEqual(['set a']);
      expect(runs).toHaveLength(2);
      await slow.answer('set a');
      expect(slow.memory.get('a')?.value).toBe('outdated');
      expect(ended).toBe(false);
      runs[1]?.resolve('new');
      expect(await between).toBe('new');
      await slow.answer('delete a');
      await invalidated;
      expect(slow.memory.get('a')).toBeUndefined();
    },
  );

  test('a write that fails may have landed nevertheless, and is taken out, too', async () => {
    const { slow, policy } = await writing();
    const invalidated = policy.invalidate('user');
    await slow.answer('invalidate user');
    await slow.fail('set a', new Error('connection lost'));
    await slow.answer('delete a');
    await invalidated;
    expect(slow.asked()).toEqual([]);
  });

  test('if nobody asked for it by `invalidate`, an event tells what could not be taken out', async () => {
    const { slow, policy, events } = await writing();
    policy.reset();
    await slow.answer('set a');
    await slow.fail('delete a', new Error('connection lost'));
    expect(events.at(-1)).toMatchObject({ type: 'storeFailed', operation: 'delete' });
  });

  test('if it cannot be taken out, `invalidate` fails', async () => {
    const { slow, policy, events } = await writing();
    const invalidated = Promise.resolve(policy.invalidate('user')).catch((error: unknown) => error);
    await slow.answer('invalidate user');
    await slow.answer('set a');
    const error = new Error('connection lost');
    await slow.fail('delete a', error);
    expect(await invalidated).toBe(error);
    expect(events.at(-1)).toEqual({ type: 'storeFailed', key: 'a', operation: 'delete', error });
  });
});
