/** Tests of LazyResource. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { pending, settle } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import { LazyResource } from './lazy-resource.ts';

/** A loader whose loads end when the test says so. */
function loads() {
  const runs: ReturnType<typeof pending<object>>[] = [];
  return {
    runs,
    load: () => {
      const run = pending<object>();
      runs.push(run);
      return run;
    },
  };
}

const outcomeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.catch((error: unknown) => error);

describe('LazyResource', () => {
  test('M-100 loads nothing until it is asked, then once, and gives the same object ever after', async () => {
    let times = 0;
    const lazy = new LazyResource(async () => ({ id: ++times }));
    await settle();
    expect(times).toBe(0);
    const first = await lazy.get();
    expect(await lazy.get()).toBe(first);
    expect(times).toBe(1);
  });

  test('M-100 callers of the same moment share one load', async () => {
    const { runs, load } = loads();
    const lazy = new LazyResource(load);
    const waiting = [lazy.get(), lazy.get(), lazy.get()];
    await settle();
    expect(runs).toHaveLength(1);
    waiting.push(lazy.get());
    const one = {};
    runs[0]?.resolve(one);
    for (const got of await Promise.all(waiting)) expect(got).toBe(one);
    expect(runs).toHaveLength(1);
  });

  test.for([null, undefined, 0, '', false, Number.NaN])(
    'M-101 %s counts as loaded',
    async (value) => {
      let times = 0;
      const lazy = new LazyResource(() => {
        times++;
        return value;
      });
      expect(lazy.isLoaded).toBe(false);
      expect(await lazy.get()).toBe(value);
      expect(await lazy.get()).toBe(value);
      expect([times, lazy.isLoaded]).toEqual([1, true]);
    },
  );

  test('M-102 all who wait get the very error of the loader, and the next tries again', async () => {
    const { runs, load } = loads();
    const lazy = new LazyResource(load);
    const waiting = [outcomeOf(lazy.get()), outcomeOf(lazy.get())];
    await settle();
    const fault = new Error('down');
    runs[0]?.reject(fault);
    for (const got of await Promise.all(waiting)) expect(got).toBe(fault);
    expect(lazy.isLoaded).toBe(false);
    const again = lazy.get();
    expect(runs).toHaveLength(2);
    runs[1]?.resolve(runs);
    expect(await again).toBe(runs);
  });

  test('M-102 who asks between the failure and the news of it starts another load', async () => {
    const { runs, load } = loads();
    const lazy = new LazyResource(load);
    const first = outcomeOf(lazy.get());
    const fault = new Error('down');
    runs[0]?.reject(fault);
    const asking = Promise.all(
      Array.from({ length: 10 }, async (_, turns) => {
        for (let turn = 0; turn < turns; turn++) await null;
        return outcomeOf(lazy.get());
      }),
    );
    await settle();
    expect(runs).toHaveLength(2);
    runs[1]?.resolve(runs);
    expect(await first).toBe(fault);
    for (const got of await asking) expect([fault, runs]).toContain(got);
  });

  test('M-102 a loader that throws at once is a loader that fails', async () => {
    const fault = new Error('at once');
    let times = 0;
    const lazy = new LazyResource(() => {
      if (times++ === 0) throw fault;
      return 'here';
    });
    expect(await outcomeOf(lazy.get())).toBe(fault);
    expect(await lazy.get()).toBe('here');
  });

  test('one who gives up is told at once and with their reason; the load goes on for the others', async () => {
    const { runs, load } = loads();
    const lazy = new LazyResource(load);
    const leaver = new AbortController();
    const left = outcomeOf(lazy.get({ signal: leaver.signal }));
    const stays = lazy.get();
    const reason = new Error('enough');
    leaver.abort(reason);
    expect(await left).toBe(reason);
    const one = {};
    runs[0]?.resolve(one);
    expect(await stays).toBe(one);
    expect(runs).toHaveLength(1);
  });

  test('also when all have given up the load goes on, and its failure disturbs nobody', async () => {
    const { runs, load } = loads();
    const lazy = new LazyResource(load);
    const leaver = new AbortController();
    const left = outcomeOf(lazy.get({ within: { signal: leaver.signal } }));
    leaver.abort('gone');
    expect(await left).toBe('gone');
    runs[0]?.reject(new Error('nobody listens'));
    await settle();
    const later = lazy.get();
    runs[1]?.resolve(runs);
    expect(await later).toBe(runs);
  });

  test('who has given up before asks for nothing', async () => {
    const { runs, load } = loads();
    const lazy = new LazyResource(load);
    const reason = new Error('enough');
    expect(await outcomeOf(lazy.get({ signal: AbortSignal.abort(reason) }))).toBe(reason);
    expect(runs).toHaveLength(0);
  });

  test('a caller leaves no listener on its signal', async () => {
    const listening = new Set<unknown>();
    const signal = Object.assign(new EventTarget(), {
      aborted: false,
      addEventListener: (_: string, listener: unknown) => listening.add(listener),
      removeEventListener: (_: string, listener: unknown) => listening.delete(listener),
    }) as unknown as AbortSignal;
    const { runs, load } = loads();
    const lazy = new LazyResource(load);
    const got = lazy.get({ signal });
    expect(listening.size).toBe(1);
    runs[0]?.resolve({});
    await got;
    expect(listening.size).toBe(0);
  });

  test('M-103 reset forgets and disposes, and the next one who asks gets a new one', async () => {
    const disposed: number[] = [];
    let times = 0;
    const lazy = new LazyResource(() => ++times, { dispose: (value) => disposed.push(value) });
    await lazy.reset();
    expect(await lazy.get()).toBe(1);
    await lazy.reset();
    expect([disposed, lazy.isLoaded]).toEqual([[1], false]);
    expect(await lazy.get()).toBe(2);
  });

  test('M-103 reset during a load: whoever waits gets the next one, and the old one is disposed of', async () => {
    const disposed: unknown[] = [];
    const { runs, load } = loads();
    const lazy = new LazyResource(load, { dispose: (value) => disposed.push(value) });
    const waiting = lazy.get();
    const reset = lazy.reset();
    await settle();
    expect(runs).toHaveLength(2);
    const [old, fresh] = [{}, {}];
    runs[0]?.resolve(old);
    await reset;
    expect(disposed[0]).toBe(old);
    runs[1]?.resolve(fresh);
    expect(await waiting).toBe(fresh);
    expect(disposed).toHaveLength(1);
  });

  test('M-103 a load that was forgotten may fail unheard', async () => {
    const { runs, load } = loads();
    const lazy = new LazyResource(load);
    const waiting = lazy.get();
    const reset = lazy.reset();
    await settle();
    runs[0]?.reject(new Error('of no concern'));
    await reset;
    runs[1]?.resolve(runs);
    expect(await waiting).toBe(runs);
  });

  test('M-103 dispose ends it for good, also for those who wait, and once', async () => {
    const disposed: unknown[] = [];
    const { runs, load } = loads();
    const lazy = new LazyResource(load, {
      name: 'db',
      dispose: async (value) => {
        await null;
        disposed.push(value);
      },
    });
    const waiting = outcomeOf(lazy.get());
    const disposing = [lazy.dispose(), lazy[Symbol.asyncDispose]()];
    expect(await waiting).toMatchObject({ code: 'DISPOSED', policy: 'db' });
    expect(await outcomeOf(lazy.get())).toMatchObject({ code: 'DISPOSED' });
    const one = {};
    runs[0]?.resolve(one);
    await Promise.all(disposing);
    expect(disposed).toEqual([one]);
    expect(runs).toHaveLength(1);
  });

  test('M-103 what dispose throws comes to whoever waits for it; forgotten it is all the same', async () => {
    const fault = new Error('stuck');
    const lazy = new LazyResource(() => 1, { dispose: () => Promise.reject(fault) });
    await lazy.get();
    expect(await outcomeOf(lazy.reset())).toBe(fault);
    expect(lazy.isLoaded).toBe(false);
    expect(await lazy.get()).toBe(1);
  });

  test('disposing asks nobody what it has to ask itself', async () => {
    let times = 0;
    const lazy: LazyResource<number> = new LazyResource(() => ++times, {
      dispose: () => outcomeOf(lazy.get()),
    });
    await lazy.get();
    await lazy.dispose();
    expect(times).toBe(1);
  });

  test('the load runs in the async context of who asked first, and all go on in their own', async () => {
    const storage = new AsyncLocalStorage<string>();
    const run = pending<string>();
    let loadedIn: unknown;
    const lazy = new LazyResource(() => {
      loadedIn = storage.getStore();
      return run;
    });
    const ask = async (): Promise<unknown> => {
      await lazy.get();
      return storage.getStore();
    };
    const asked = [storage.run('one', ask), storage.run('two', ask)];
    storage.run('stranger', () => run.resolve('here'));
    expect(await Promise.all(asked)).toEqual(['one', 'two']);
    expect(loadedIn).toBe('one');
  });

  test('arguments that are wrong are refused in a sentence', () => {
    expect(() => new LazyResource('x' as never)).toThrow(
      'Expected `loader` to be a function, got `x` (string).',
    );
    expect(() => new LazyResource(() => 1, { dispose: 1 as never })).toThrow(TypeError);
    expect(() => new LazyResource(() => 1, { name: '' })).toThrow('Expected `name` to be a name');
    expect(() => new LazyResource(() => 1, { disposed: 1 } as never)).toThrow(
      'Did you mean "dispose"?',
    );
  });
});
