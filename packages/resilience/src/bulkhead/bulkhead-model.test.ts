/** bulkhead against a small model: whatever happens in whatever order, both come to the same. */
import { pipeline } from '@interpose/kernel';
import { fakeClock, settle } from '@interpose/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bulkhead, type BulkheadOptions } from './bulkhead.ts';

const QUEUE_TIMEOUT_MS = 50;

interface Guest {
  readonly id: number;
  readonly rank: number;
  readonly sinceMs: number;
}

/** What a bulkhead is, in plain lists. */
class Model {
  max: number;
  maxQueue: number;
  nowMs = 0;
  /** Have a slot and have started. */
  running: number[] = [];
  /** Have a slot and start with the next microtasks, in this order. */
  waking: number[] = [];
  waiting: Guest[] = [];
  /** In the order of starting. */
  begun: number[] = [];
  rejected = 0;
  ends = new Map<number, string>();
  readonly order: 'fifo' | 'lifo' | 'rank';

  constructor(order: 'fifo' | 'lifo' | 'rank', max: number, maxQueue: number) {
    this.order = order;
    this.max = max;
    this.maxQueue = maxQueue;
  }

  get taken(): number {
    return this.running.length + this.waking.length;
  }

  get next(): Guest | undefined {
    if (this.order === 'fifo') return this.waiting[0];
    if (this.order === 'lifo') return this.waiting.at(-1);
    return this.waiting.toSorted((one, other) => one.rank - other.rank)[0];
  }

  start(id: number, rank: number): void {
    const isFree = this.taken < this.max;
    if (isFree && this.waking.length === 0) {
      this.running.push(id);
      this.begun.push(id);
    } else if (isFree) this.waking.push(id);
    else if (this.waiting.length < this.maxQueue) {
      this.waiting.push({ id, rank, sinceMs: this.nowMs });
    } else this.refuse(id, 'BULKHEAD_FULL');
  }

  end(id: number): void {
    this.ends.set(id, 'done');
    this.running = this.running.filter((one) => one !== id);
    this.serve();
  }

  abort(id: number): void {
    if (this.ends.has(id) || this.running.includes(id)) return;
    this.ends.set(id, 'aborted');
    this.waking = this.waking.filter((one) => one !== id);
    this.waiting = this.waiting.filter((one) => one.id !== id);
    this.serve();
  }

  change(max: number, maxQueue: number): void {
    this.max = max;
    this.maxQueue = maxQueue;
    this.serve();
  }

  /** Everything that needs no time. */
  settle(): void {
    this.running.push(...this.waking);
    this.begun.push(...this.waking);
    this.waking = [];
  }

  tick(ms: number): void {
    this.settle();
    this.nowMs += ms;
    for (const { id, sinceMs } of this.waiting) {
      if (sinceMs + QUEUE_TIMEOUT_MS <= this.nowMs) this.refuse(id, 'QUEUE_TIMEOUT');
    }
    this.waiting = this.waiting.filter(({ id }) => !this.ends.has(id));
  }

  refuse(id: number, code: string): void {
    this.ends.set(id, code);
    this.rejected++;
  }

  serve(): void {
    while (this.taken < this.max && this.next) {
      const { id } = this.next;
      this.waiting = this.waiting.filter((one) => one.id !== id);
      this.waking.push(id);
    }
  }
}

type Step =
  | { readonly kind: 'start'; readonly rank: number }
  | { readonly kind: 'end' | 'abort'; readonly at: number; readonly fails: boolean }
  | { readonly kind: 'change'; readonly max: number; readonly maxQueue: number }
  | { readonly kind: 'tick'; readonly ms: number }
  | { readonly kind: 'settle' };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('start'), rank: fc.nat(3) }) },
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constantFrom('end', 'end', 'abort'),
        at: fc.nat(50),
        fails: fc.boolean(),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('change'),
        max: fc.integer({ min: 1, max: 4 }),
        maxQueue: fc.nat(4),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('tick'), ms: fc.nat(60) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('settle') }) },
  ) as fc.Arbitrary<Step>,
  { maxLength: 60 },
);

/** Settles at once when it is told to, so that the slot comes free at that very step and not some microtasks later. */
class Work {
  #ends: ((fails: boolean) => void) | undefined;

  then(resolve: (value: string) => void, reject: (error: Error) => void): void {
    this.#ends = (fails) => (fails ? reject(new Error('done')) : resolve('done'));
  }

  end(fails: boolean): void {
    this.#ends?.(fails);
  }
}

/** The real one, run step by step. */
class Trial {
  readonly clock = fakeClock();
  readonly works = new Map<number, Work>();
  readonly callers: AbortController[] = [];
  readonly ends = new Map<number, string>();
  readonly policy;
  readonly #serve;

  constructor(options: BulkheadOptions<{ rank: number }>) {
    this.policy = bulkhead<{ rank: number }>({
      ...options,
      clock: this.clock,
      queueTimeoutMs: QUEUE_TIMEOUT_MS,
    });
    this.#serve = pipeline<{ id: number; rank: number; signal: AbortSignal }, string>()
      .use(this.policy)
      .handle(({ id }) => {
        const work = new Work();
        this.works.set(id, work);
        return work as unknown as Promise<string>;
      });
  }

  start(rank: number): void {
    const id = this.callers.length;
    const caller = new AbortController();
    this.callers.push(caller);
    void (async () => {
      try {
        this.ends.set(id, await this.#serve({ id, rank, signal: caller.signal }));
      } catch (error) {
        const { code, message } = error as { code?: string; message: string };
        this.ends.set(id, code ?? message);
      }
    })();
  }
}

/** Gives a promise only where the step is to let microtasks run. */
function take(step: Step, model: Model, trial: Trial): Promise<void> | undefined {
  switch (step.kind) {
    case 'start':
      model.start(trial.callers.length, step.rank);
      trial.start(step.rank);
      return undefined;
    case 'end': {
      const id = model.running[step.at % Math.max(1, model.running.length)];
      if (id === undefined) return undefined;
      model.end(id);
      trial.works.get(id)?.end(step.fails);
      return undefined;
    }
    case 'abort': {
      const here = [...model.waking, ...model.waiting.map(({ id }) => id), ...model.running];
      const id = here[step.at % Math.max(1, here.length)];
      if (id === undefined) return undefined;
      model.abort(id);
      trial.callers[id]?.abort(new Error('aborted'));
      return undefined;
    }
    case 'change':
      model.change(step.max, step.maxQueue);
      trial.policy.reconfigure({ maxConcurrent: step.max, maxQueue: step.maxQueue });
      return undefined;
    case 'tick':
      model.tick(step.ms);
      return trial.clock.advance(step.ms);
    case 'settle':
      model.settle();
      return settle();
  }
}

function compare(model: Model, trial: Trial): void {
  expect(trial.policy.state()).toEqual({
    running: model.taken,
    queued: model.waiting.length,
    available: Math.max(0, model.max - model.taken),
    waitedMs: model.next ? model.nowMs - model.next.sinceMs : 0,
    started: model.begun.length,
    rejected: model.rejected,
  });
  expect([...trial.works.keys()]).toEqual(model.begun);
}

test.each([
  ['fifo', 'fifo'],
  ['lifo', 'lifo'],
  ['rank', ({ rank }: { rank: number }): number => rank],
] as const)(
  'X-R11 %s: whatever starts, ends, aborts, waits too long or is reconfigured, it is as its model',
  async (name, order) => {
    await fc.assert(
      fc.asyncProperty(steps, async (taken) => {
        const model = new Model(name, 2, 3);
        const trial = new Trial({ maxConcurrent: 2, maxQueue: 3, order });
        for (const step of taken) {
          const before = model.taken;
          const waited = take(step, model, trial);
          if (waited) await waited;
          compare(model, trial);
          const { running } = trial.policy.state();
          expect(running <= model.max || running <= before).toBe(true);
        }
        // Everybody who was let in gets to its end, and every slot comes back.
        while (model.taken + model.waiting.length > 0) {
          model.settle();
          await settle();
          for (const id of model.running) {
            model.end(id);
            trial.works.get(id)?.end(false);
          }
        }
        await settle();
        compare(model, trial);
        expect(trial.policy.state()).toMatchObject({ running: 0, available: model.max });
        expect([...trial.ends].toSorted(([one], [other]) => one - other)).toEqual(
          [...model.ends].toSorted(([one], [other]) => one - other),
        );
        expect(trial.clock.pending).toBe(0);
      }),
      { numRuns: 500 },
    );
  },
);
