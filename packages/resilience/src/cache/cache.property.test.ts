/** cache against a model: random calls, endings, aborts, ticks and invalidations come out as a much simpler reckoning says. */
import { pipeline } from '@interpose/kernel';
import { type FakeClock, fakeClock, type Pending, pending, settle } from '@interpose/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cache } from './cache.ts';
import type { CacheStore } from './cache-store.ts';
import { memoryCacheStore } from './memory-cache-store.ts';

const TTL_MS = 10;
const MAX_ENTRIES = 2;

interface Settings {
  readonly swrMs: number;
  readonly staleIfErrorMs: number;
  readonly singleFlight: boolean;
  readonly promises: boolean;
}

interface Value {
  readonly run: number;
  readonly tag: string;
}

type Step =
  | { readonly do: 'call'; readonly key: string }
  | { readonly do: 'settle'; readonly run: number; readonly ok: boolean; readonly tag: string }
  | { readonly do: 'abort'; readonly caller: number }
  | { readonly do: 'tick'; readonly ms: number }
  | { readonly do: 'drop key'; readonly key: string }
  | { readonly do: 'drop tag'; readonly tag: string };

const key = fc.constantFrom('a', 'a', 'a', 'b', 'c');
const tag = fc.constantFrom('x', 'y');
const ok = fc.constantFrom(true, true, false);
/** Counted from the youngest. */
const nth = fc.constantFrom(0, 0, 0, 1, 1, 2, 3);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('call' as const), key }) },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('settle' as const), run: nth, ok, tag }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('abort' as const), caller: nth }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('tick' as const), ms: fc.integer({ min: 1, max: 9 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('drop key' as const), key }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('drop tag' as const), tag }) },
);
const settings: fc.Arbitrary<Settings> = fc.record({
  swrMs: fc.constantFrom(0, 5),
  staleIfErrorMs: fc.constantFrom(0, 8),
  singleFlight: fc.boolean(),
  promises: fc.boolean(),
});

/** What is seen from outside. */
interface Picture {
  readonly callers: readonly string[];
  readonly runs: readonly string[];
  readonly waiting: number;
  readonly abandoned: number;
}

interface Entry {
  readonly key: string;
  readonly value: Value;
  readonly storedMs: number;
}

interface Run {
  readonly key: string;
  readonly callers: Set<number>;
  readonly ahead: boolean;
  readonly old: Entry | undefined;
  readonly dropped: Set<string>;
  open: boolean;
  state: 'running' | 'aborted' | 'over';
}

/** The reckoning: lists, gone through from end to end. */
class Model {
  readonly callers: string[] = [];
  readonly runs: Run[] = [];
  /** The least recently used first. */
  entries: Entry[] = [];
  nowMs = 0;
  readonly settings: Settings;

  constructor(settings: Settings) {
    this.settings = settings;
  }

  call(key: string): void {
    const caller = this.callers.push('waits') - 1;
    const { swrMs, staleIfErrorMs, singleFlight } = this.settings;
    const open = this.runs.find((run) => run.key === key && run.open);
    if (open && !open.ahead && singleFlight) return void open.callers.add(caller);
    const entry = this.entries.find((one) => one.key === key);
    const ageMs = entry ? this.nowMs - entry.storedMs : Infinity;
    this.entries = this.entries.filter((one) => one !== entry);
    if (entry && ageMs < TTL_MS + Math.max(swrMs, staleIfErrorMs)) this.entries.push(entry);
    const alive = this.entries.includes(entry as Entry) ? entry : undefined;
    if (alive && ageMs < TTL_MS) {
      this.callers[caller] = `got ${alive.value.run}`;
    } else if (alive && ageMs < TTL_MS + swrMs) {
      this.callers[caller] = `got ${alive.value.run}`;
      if (!open) this.#begin(key, alive);
    } else if (open && singleFlight) open.callers.add(caller);
    else this.#begin(key, alive, caller);
  }

  settle(at: number, ok: boolean, tag: string): void {
    const run = this.runs[at];
    if (!run || run.state === 'over') return;
    const wanted = run.state === 'running';
    run.state = 'over';
    run.open = false;
    if (!wanted) return;
    const { old } = run;
    if (ok) {
      if (!run.dropped.has(tag) && !run.dropped.has(run.key)) {
        this.entries = this.entries.filter(({ key }) => key !== run.key);
        this.entries.push({ key: run.key, value: { run: at, tag }, storedMs: this.nowMs });
        this.entries = this.entries.slice(-MAX_ENTRIES);
      }
      this.#tell(run, `got ${at}`);
    } else if (
      old &&
      this.nowMs - old.storedMs < TTL_MS + this.settings.staleIfErrorMs &&
      !run.dropped.has(old.value.tag) &&
      !run.dropped.has(run.key)
    ) {
      this.#tell(run, `got ${old.value.run}`);
    } else this.#tell(run, `failed by ${at}`);
  }

  abort(caller: number): void {
    const run = this.runs.find(({ callers }) => callers.has(caller));
    if (!run || this.callers[caller] !== 'waits') return;
    run.callers.delete(caller);
    this.callers[caller] = 'aborted';
    if (run.callers.size > 0 || run.ahead) return;
    run.state = 'aborted';
    run.open = false;
  }

  drop(name: string, hits: (entry: Entry) => boolean): void {
    this.entries = this.entries.filter((entry) => !hits(entry));
    for (const run of this.runs) {
      // A run says only at its end what it depends on, so that a tag may concern any.
      if (run.key === name || ['x', 'y'].includes(name)) run.open = false;
      run.dropped.add(name);
    }
  }

  picture(): Picture {
    const waiting = this.callers.filter((one) => one === 'waits').length;
    const abandoned = this.runs.filter(({ state }) => state === 'aborted').length;
    const runs = this.runs.map(({ key, state }) => `${key} ${state}`);
    return { callers: this.callers, runs, waiting, abandoned };
  }

  #begin(key: string, old: Entry | undefined, caller?: number): void {
    const ahead = caller === undefined;
    this.runs.push({
      key,
      old,
      ahead,
      callers: new Set(ahead ? [] : [caller]),
      dropped: new Set(),
      // Nobody begins a second run in the background, but only equal calls share one.
      open: ahead || this.settings.singleFlight,
      state: 'running',
    });
  }

  #tell(run: Run, outcome: string): void {
    for (const caller of run.callers) this.callers[caller] = outcome;
    run.callers.clear();
  }
}

/** The real one. */
class Real {
  readonly clock: FakeClock = fakeClock();
  readonly #callers: { outcome: string; readonly controller: AbortController }[] = [];
  readonly #runs: (Pending<Value> & { readonly key: string; readonly signal: AbortSignal })[] = [];
  readonly #over = new Set<number>();
  readonly #policy;
  readonly #serve;

  constructor({ promises, ...others }: Settings) {
    const { clock } = this;
    this.#policy = cache<{ key: string }, Value>({
      ...others,
      clock,
      key: ({ key }) => key,
      ttlMs: TTL_MS,
      dependsOn: (_ctx, { tag }) => tag,
      ...(promises ? { store: promising(clock) } : { maxEntries: MAX_ENTRIES }),
    });
    this.#serve = pipeline<{ key: string; signal: AbortSignal }, Value>()
      .use(this.#policy)
      .handle((ctx) => {
        const { key, signal } = ctx;
        const run = Object.assign(pending<Value>(), { key, signal });
        this.#runs.push(run);
        return run;
      });
  }

  call(key: string): void {
    const caller = { outcome: 'waits', controller: new AbortController() };
    this.#callers.push(caller);
    const { signal } = caller.controller;
    const call = async (): Promise<Value> => this.#serve({ key, signal });
    call().then(
      ({ run }) => (caller.outcome += `got ${run}`),
      (error: unknown) => (caller.outcome += String(error)),
    );
  }

  settle(at: number, ok: boolean, tag: string): void {
    this.#over.add(at);
    if (ok) this.#runs[at]?.resolve({ run: at, tag });
    else this.#runs[at]?.reject(`failed by ${at}`);
  }

  abort(caller: number): void {
    this.#callers[caller]?.controller.abort('aborted');
  }

  async drop(what: string | { readonly key: string }): Promise<void> {
    await this.#policy.invalidate(what);
  }

  picture(): Picture {
    const { waiting, abandoned } = this.#policy.state();
    const runs = this.#runs.map(({ key, signal }, at) => {
      if (this.#over.has(at)) return `${key} over`;
      return `${key} ${signal.aborted ? 'aborted' : 'running'}`;
    });
    // Whoever is told twice shows it.
    const callers = this.#callers.map(({ outcome }) => outcome.replace(/^waits(?=.)/, ''));
    return { callers, runs, waiting, abandoned };
  }
}

function promising(clock: FakeClock): CacheStore {
  const memory = memoryCacheStore({ clock, maxEntries: MAX_ENTRIES });
  return {
    get: async (key) => memory.get(key),
    set: async (key, entry) => memory.set(key, entry),
    delete: async (key) => memory.delete(key),
    invalidate: async (tag) => memory.invalidate(tag),
  };
}

async function take(step: Step, model: Model, real: Real): Promise<void> {
  switch (step.do) {
    case 'call': {
      model.call(step.key);
      real.call(step.key);
      break;
    }
    case 'settle': {
      const at = model.runs.length - 1 - step.run;
      model.settle(at, step.ok, step.tag);
      real.settle(at, step.ok, step.tag);
      break;
    }
    case 'abort': {
      const caller = model.callers.length - 1 - step.caller;
      model.abort(caller);
      real.abort(caller);
      break;
    }
    case 'tick': {
      model.nowMs += step.ms;
      await real.clock.advance(step.ms);
      break;
    }
    case 'drop key': {
      model.drop(step.key, ({ key }) => key === step.key);
      await real.drop({ key: step.key });
      break;
    }
    case 'drop tag': {
      model.drop(step.tag, ({ value }) => value.tag === step.tag);
      await real.drop(step.tag);
    }
  }
}

test('cache does as the model does', { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(
      settings,
      fc.array(step, { minLength: 1, maxLength: 60, size: 'max' }),
      async (settings, steps) => {
        const model = new Model(settings);
        const real = new Real(settings);
        for (const step of steps) {
          await take(step, model, real);
          await settle();
          expect(real.picture()).toEqual(model.picture());
        }
      },
    ),
    { numRuns: 500 },
  );
});
