/** batch under random calls, aborts, ticks, flushes and endings: nobody is lost, nobody is served twice, everybody gets its own. */
import { pipeline } from '@interpose/kernel';
import { fakeClock, type Pending, pending, settle } from '@interpose/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { batch } from './batch.ts';

type Step =
  | { readonly do: 'call'; readonly key: string }
  | { readonly do: 'abort'; readonly caller: number }
  | { readonly do: 'tick'; readonly ms: number }
  | { readonly do: 'turn' }
  | { readonly do: 'flush' }
  | { readonly do: 'resize'; readonly size: number }
  | { readonly do: 'end'; readonly batch: number; readonly how: Ending }
  | { readonly do: 'dispose' };
type Ending = 'right' | 'one fails' | 'throw' | 'short' | 'promises';

const only = <T extends string>(name: T): fc.Arbitrary<T> => fc.constant(name);
/** Counted from the youngest. */
const nth = fc.constantFrom(0, 0, 1, 1, 2, 3, 4);
const how: fc.Arbitrary<Ending> = fc.constantFrom(
  'right',
  'right',
  'one fails',
  'throw',
  'short',
  'promises',
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ do: only('call'), key: fc.constantFrom('a', 'a', 'b') }) },
  { weight: 3, arbitrary: fc.record({ do: only('abort'), caller: nth }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: only('tick'), ms: fc.integer({ min: 1, max: 7 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: only('turn') }) },
  { weight: 1, arbitrary: fc.record({ do: only('flush') }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: only('resize'), size: fc.integer({ min: 1, max: 4 }) }),
  },
  { weight: 5, arbitrary: fc.record({ do: only('end'), batch: nth, how }) },
);

const WINDOW_MS = 10;

interface ModelCaller {
  readonly key: string;
  outcome: string;
}

interface ModelGroup {
  readonly key: string;
  readonly dueMs: number;
  readonly maxBatchSize: number;
  callers: number[];
}

/** The reckoning: callers stand in a group, then in a batch. */
class Model {
  readonly callers: ModelCaller[] = [];
  readonly batches: { readonly items: readonly string[]; waiting: number[]; over: boolean }[] = [];
  groups: ModelGroup[] = [];
  nowMs = 0;
  maxBatchSize = 3;
  disposed = false;
  readonly windowMs: number;

  constructor(windowMs: number) {
    this.windowMs = windowMs;
  }

  call(key: string): void {
    const caller = this.callers.push({ key, outcome: 'waits' }) - 1;
    if (this.disposed) return this.#tell([caller], 'DISPOSED');
    let group = this.groups.find((one) => one.key === key);
    if (!group) {
      const dueMs = this.nowMs + this.windowMs;
      group = { key, dueMs, maxBatchSize: this.maxBatchSize, callers: [] };
      this.groups.push(group);
    }
    group.callers.push(caller);
    if (group.callers.length === group.maxBatchSize) this.#send(group);
  }

  abort(caller: number): void {
    if (this.callers[caller]?.outcome !== 'waits') return;
    this.#tell([caller], 'aborted');
    for (const group of this.groups) group.callers = group.callers.filter((one) => one !== caller);
    this.groups = this.groups.filter(({ callers }) => callers.length > 0);
    for (const batch of this.batches) {
      batch.waiting = batch.waiting.filter((one) => one !== caller);
    }
  }

  tick(ms: number): void {
    this.nowMs += ms;
    // Those that are due earlier are sent earlier.
    const due = this.groups.filter(({ dueMs }) => dueMs <= this.nowMs);
    for (const group of due.toSorted((one, other) => one.dueMs - other.dueMs)) this.#send(group);
  }

  flush(): void {
    for (const group of this.groups) this.#send(group);
  }

  end(at: number, how: Ending): void {
    const batch = this.batches[at];
    if (!batch || batch.over) return;
    batch.over = true;
    for (const caller of batch.waiting) {
      const item = `${this.callers[caller]?.key} ${caller}`;
      const failed = item === batch.items[0] && how === 'one fails';
      if (how === 'throw') this.#tell([caller], `threw in ${at}`);
      else if (how === 'short') this.#tell([caller], 'BATCH_SHAPE');
      else this.#tell([caller], failed ? `failed ${item}` : `for ${item} of ${at}`);
    }
    batch.waiting = [];
  }

  dispose(): void {
    for (const { callers } of this.groups) this.#tell(callers, 'DISPOSED');
    this.groups = [];
    this.disposed = true;
  }

  picture(): object {
    const waiting = this.groups.flatMap(({ callers }) => callers).length;
    return {
      outcomes: this.callers.map(({ outcome }) => outcome),
      batches: this.batches.map(({ items }) => items),
      aborted: this.batches.map(
        ({ waiting, over }, at) => waiting.length === 0 && (!over || this.#left(at)),
      ),
      waiting,
      pending: waiting + this.batches.flatMap((batch) => batch.waiting).length,
    };
  }

  /** All callers of the batch had given up before it ended. */
  #left(at: number): boolean {
    return (this.batches[at]?.items ?? []).every(
      (item) => this.callers[Number(item.slice(2))]?.outcome === 'aborted',
    );
  }

  #send(group: ModelGroup): void {
    this.groups = this.groups.filter((one) => one !== group);
    const { callers } = group;
    const items = callers.map((caller) => `${group.key} ${caller}`);
    this.batches.push({ items, waiting: callers, over: false });
  }

  #tell(callers: readonly number[], outcome: string): void {
    for (const caller of callers) (this.callers[caller] as ModelCaller).outcome = outcome;
  }
}

interface Ctx {
  readonly key: string;
  readonly item: string;
  readonly signal: AbortSignal;
}

/** The real one. */
class Real {
  readonly clock = fakeClock();
  readonly #callers: { outcome: string; readonly controller: AbortController }[] = [];
  readonly #batches: (Pending<readonly unknown[]> & {
    readonly items: readonly string[];
    readonly signal: AbortSignal;
  })[] = [];
  readonly #policy;
  readonly #serve;

  constructor(windowMs: number) {
    this.#policy = batch({
      clock: this.clock,
      maxBatchSize: 3,
      windowMs,
      key: ({ key }: Ctx) => key,
      item: ({ item }: Ctx) => item,
      execute: (items: readonly string[], { signal, key }) => {
        expect(items.every((item) => item.startsWith(`${key} `))).toBe(true);
        const run = Object.assign(pending<readonly unknown[]>(), { items, signal });
        this.#batches.push(run);
        return run;
      },
    });
    this.#serve = pipeline<Ctx, unknown>()
      .use(this.#policy)
      .handle(() => 'never');
  }

  call(key: string): void {
    const caller = { outcome: 'waits', controller: new AbortController() };
    const item = `${key} ${this.#callers.push(caller) - 1}`;
    const call = async (): Promise<unknown> =>
      this.#serve({ key, item, signal: caller.controller.signal });
    const tell = (outcome: unknown): void => void (caller.outcome += String(outcome));
    call().then(tell, (error: unknown) =>
      tell((error as { code?: string }).code ?? (error as Error).message ?? error),
    );
  }

  abort(caller: number): void {
    this.#callers[caller]?.controller.abort({ message: 'aborted' });
  }

  flush(): void {
    void this.#policy.flush();
  }

  resize(maxBatchSize: number): void {
    this.#policy.reconfigure({ maxBatchSize });
  }

  end(at: number, how: Ending): void {
    const batch = this.#batches[at];
    if (!batch) return;
    if (how === 'throw') return batch.reject(new Error(`threw in ${at}`));
    if (how === 'short') return batch.resolve(batch.items.slice(1));
    const results = batch.items.map((item) => `for ${item} of ${at}`);
    if (how === 'right') batch.resolve(results);
    if (how === 'promises') batch.resolve(results.map(async (result) => result));
    if (how === 'one fails') {
      batch.resolve([new Error(`failed ${batch.items[0]}`), ...results.slice(1)]);
    }
  }

  dispose(): void {
    this.#policy[Symbol.dispose]();
  }

  picture(): object {
    const { waiting, pending } = this.#policy.state();
    return {
      // Whoever is told twice shows it.
      outcomes: this.#callers.map(({ outcome }) => outcome.replace(/^waits(?=.)/, '')),
      batches: this.#batches.map(({ items }) => items),
      aborted: this.#batches.map(({ signal }) => signal.aborted),
      waiting,
      pending,
    };
  }
}

async function take(step: Step, model: Model, real: Real): Promise<void> {
  switch (step.do) {
    case 'call': {
      model.call(step.key);
      return real.call(step.key);
    }
    case 'abort': {
      const caller = model.callers.length - 1 - step.caller;
      model.abort(caller);
      return real.abort(caller);
    }
    case 'tick': {
      // Moving the clock ends the turn, too.
      if (model.windowMs === 0) model.tick(0);
      model.tick(step.ms);
      return real.clock.advance(step.ms);
    }
    case 'turn': {
      if (model.windowMs === 0) model.tick(0);
      return settle();
    }
    case 'flush': {
      model.flush();
      return real.flush();
    }
    case 'resize': {
      model.maxBatchSize = step.size;
      return real.resize(step.size);
    }
    case 'end': {
      const at = model.batches.length - 1 - step.batch;
      model.end(at, step.how);
      return real.end(at, step.how);
    }
    case 'dispose': {
      model.dispose();
      return real.dispose();
    }
  }
}

/** What must hold at the end, whatever the model says. */
function conserve(steps: readonly Step[], model: Model): void {
  const calls = steps.filter((step) => step.do === 'call');
  const served = model.batches.flatMap(({ items }) => items);
  expect(new Set(served).size).toBe(served.length);
  expect(model.callers).toHaveLength(calls.length);
  expect(model.callers.filter(({ outcome }) => outcome === 'waits')).toEqual([]);
}

test.each([
  ['to the end of a turn', 0],
  ['for a time', WINDOW_MS],
])(
  'M-90 X-R11 batches that wait %s do as the model does, and nobody is lost',
  { timeout: 60_000 },
  async (_, windowMs) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60, size: 'max' }), async (steps) => {
        const model = new Model(windowMs);
        const real = new Real(windowMs);
        for (const step of steps) {
          await take(step, model, real);
          // Callers hear a little later; a turn may not end here, or no batch would ever have two calls.
          for (let hop = 0; hop < 8; hop++) await undefined;
          expect(real.picture()).toEqual(model.picture());
        }
        await take({ do: 'dispose' }, model, real);
        const { length } = model.batches;
        for (let batch = 0; batch < length; batch++) {
          await take({ do: 'end', batch, how: 'right' }, model, real);
        }
        await settle();
        expect(real.picture()).toEqual(model.picture());
        conserve(steps, model);
        expect(real.clock.nextInMs).toBeUndefined();
      }),
      { numRuns: 400 },
    );
  },
);
