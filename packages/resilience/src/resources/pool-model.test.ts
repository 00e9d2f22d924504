/** ResourcePool against a small model: whatever callers, loaders and time do, both say the same after every step. */
import { type FakeClock, fakeClock, pending, type Pending, settle } from '@interpose/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ResourcePool } from './resource-pool.ts';

const MAX = 3;
const MAX_WAITING = 3;
const WAIT_MS = 50;
const IDLE_MS = 70;

interface Thing {
  readonly id: number;
}

/** What has become of a caller: it waits, it has a thing, or it was sent away. */
type Fate = 'waits' | 'full' | 'closed' | 'left' | 'late' | 'no luck' | number;

interface Caller {
  readonly id: number;
  readonly untilMs: number;
  fate: Fate;
}

/** The pool as one would write it down who had no need to be fast, and nothing to wait for. */
class Model {
  now = 0;
  closed = false;
  callers: Caller[] = [];
  queue: Caller[] = [];
  making: Caller[] = [];
  idle: { readonly id: number; readonly sinceMs: number }[] = [];
  bad = new Set<number>();
  made = 0;
  ended = 0;

  get held(): Caller[] {
    return this.callers.filter(({ fate }) => typeof fate === 'number');
  }
  get size(): number {
    return this.idle.length + this.held.length + this.making.length;
  }

  acquire(): void {
    const caller: Caller = { id: this.callers.length, untilMs: this.now + WAIT_MS, fate: 'waits' };
    const isFull = this.idle.length === 0 && this.size >= MAX;
    this.callers.push(caller);
    if (this.closed) caller.fate = 'closed';
    else if (!isFull) this.serve(caller);
    else if (this.queue.length >= MAX_WAITING) caller.fate = 'full';
    else this.queue.push(caller);
  }

  serve(caller: Caller): void {
    for (let one = this.idle.pop(); one; one = this.idle.pop()) {
      if (!this.bad.has(one.id)) {
        caller.fate = one.id;
        return;
      }
      this.ended++;
    }
    this.making.push(caller);
  }

  give(id: number): void {
    const next = this.queue.shift();
    if (next && this.bad.has(id)) {
      this.ended++;
      this.making.push(next);
    } else if (next) next.fate = id;
    else if (this.closed) this.ended++;
    else this.idle.push({ id, sinceMs: this.now });
  }

  placeIsFree(): void {
    const next = this.queue.shift();
    if (next) this.making.push(next);
  }

  created(at: number): void {
    const [caller] = this.making.splice(at, 1);
    const id = ++this.made;
    if (caller?.fate === 'waits') caller.fate = id;
    else this.give(id);
  }

  notCreated(at: number): void {
    const [caller] = this.making.splice(at, 1);
    if (caller?.fate === 'waits') caller.fate = 'no luck';
    this.placeIsFree();
  }

  takeBack(caller: Caller, broken: boolean): void {
    const id = caller.fate as number;
    caller.fate = 'left';
    if (!broken) return this.give(id);
    this.ended++;
    this.placeIsFree();
  }

  sendAway(caller: Caller, fate: Fate): void {
    if (caller.fate !== 'waits') return;
    caller.fate = fate;
    this.queue = this.queue.filter((one) => one !== caller);
  }

  tick(ms: number): void {
    this.now += ms;
    for (const caller of this.callers) {
      if (caller.untilMs <= this.now) this.sendAway(caller, 'late');
    }
    const fresh = this.idle.filter(({ sinceMs }) => sinceMs + IDLE_MS > this.now);
    this.ended += this.idle.length - fresh.length;
    this.idle = fresh;
  }

  close(): void {
    this.closed = true;
    for (const caller of this.callers) this.sendAway(caller, 'closed');
    this.ended += this.idle.length;
    this.idle = [];
  }
}

/** The pool itself, with the same steps. */
class Real {
  readonly clock: FakeClock = fakeClock();
  readonly fates: Fate[] = [];
  readonly leavers: AbortController[] = [];
  readonly creates: Pending<Thing>[] = [];
  readonly things = new Map<number, Thing>();
  readonly bad = new Set<number>();
  readonly failures: unknown[] = [];
  living = 0;
  mostLiving = 0;
  readonly pool = new ResourcePool<Thing>(
    () => {
      this.living++;
      this.mostLiving = Math.max(this.mostLiving, this.living);
      const create = pending<Thing>();
      this.creates.push(create);
      return create;
    },
    {
      maxSize: MAX,
      maxWaiting: MAX_WAITING,
      acquireTimeoutMs: WAIT_MS,
      idleTimeoutMs: IDLE_MS,
      clock: this.clock,
      validate: async ({ id }) => !this.bad.has(id),
      destroy: async () => {
        await null;
        this.living--;
      },
      onFailure: (error) => this.failures.push(error),
    },
  );

  acquire(): void {
    const id = this.fates.push('waits') - 1;
    const leaver = new AbortController();
    this.leavers.push(leaver);
    this.pool.acquire({ signal: leaver.signal }).then(
      (thing) => (this.fates[id] = thing.id),
      (error: { code?: string }) => {
        const { code } = error;
        if (code === 'BULKHEAD_FULL') this.fates[id] = 'full';
        else if (code === 'QUEUE_TIMEOUT') this.fates[id] = 'late';
        else if (code === 'DISPOSED') this.fates[id] = 'closed';
        else this.fates[id] = error === leaver.signal.reason ? 'left' : 'no luck';
      },
    );
  }

  created(at: number, id: number): void {
    const thing = { id };
    this.things.set(id, thing);
    this.creates.splice(at, 1)[0]?.resolve(thing);
  }

  notCreated(at: number): void {
    this.living--;
    this.creates.splice(at, 1)[0]?.reject(new Error('no luck'));
  }

  takeBack(caller: number, broken: boolean): void {
    const thing = this.things.get(this.fates[caller] as number) as Thing;
    this.fates[caller] = 'left';
    if (broken) this.pool.discard(thing);
    else this.pool.release(thing);
  }
}

const STEPS = [
  'acquire',
  'acquire',
  'acquire',
  'acquire',
  'acquire',
  'created',
  'created',
  'not created',
  'release',
  'release',
  'discard',
  'leave',
  'spoil',
  'tick',
  'release twice',
] as const;

const step = fc.record({
  kind: fc.constantFrom(...STEPS),
  which: fc.nat(20),
  ms: fc.constantFrom(1, 5, 10, 40, 50, 70),
});
type Step = Readonly<{ kind: (typeof STEPS)[number]; which: number; ms: number }>;

const pick = <X>(list: readonly X[], which: number): X | undefined => list[which % list.length];

async function take({ kind, which, ms }: Step, model: Model, real: Real): Promise<void> {
  const making = model.making.length > 0 ? which % model.making.length : -1;
  const holder = pick(model.held, which);
  if (kind === 'acquire') {
    real.acquire();
    model.acquire();
  } else if (kind === 'created' && making >= 0) {
    real.created(making, model.made + 1);
    model.created(making);
  } else if (kind === 'not created' && making >= 0) {
    real.notCreated(making);
    model.notCreated(making);
  } else if ((kind === 'release' || kind === 'discard') && holder) {
    real.takeBack(holder.id, kind === 'discard');
    model.takeBack(holder, kind === 'discard');
  } else if (kind === 'leave') {
    const leaver = pick(
      model.callers.filter(({ fate }) => fate === 'waits'),
      which,
    );
    if (leaver) real.leavers[leaver.id]?.abort();
    if (leaver) model.sendAway(leaver, 'left');
  } else if (kind === 'spoil') {
    const id = 1 + (which % Math.max(1, model.made));
    real.bad.add(id);
    model.bad.add(id);
  } else if (kind === 'tick') {
    await real.clock.advance(ms);
    model.tick(ms);
  } else if (kind === 'release twice') {
    const idle = pick(model.idle, which);
    const thing = idle && real.things.get(idle.id);
    if (thing) expect(() => real.pool.release(thing)).toThrow('already');
    expect(() => real.pool.release({ id: 0 })).toThrow('none of');
  }
  await settle();
}

function compare(model: Model, real: Real): void {
  const { size, available, inUse, waiting, created, destroyed } = real.pool.state();
  expect({ fates: real.fates, size, available, inUse, waiting, created, destroyed }).toEqual({
    fates: model.callers.map(({ fate }) => fate),
    size: model.size,
    available: model.idle.length,
    inUse: model.held.length,
    waiting: model.queue.length,
    created: model.made,
    destroyed: model.ended,
  });
  expect(size).toBeLessThanOrEqual(MAX);
}

describe('the pool and its model', { timeout: 60_000 }, () => {
  test('M-110 M-111 M-112 M-113 M-114 M-115 M-116 agree after every step, and at the end nothing is left', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 60, size: 'max' }),
        fc.nat(60),
        async (steps, closeAt) => {
          const [model, real] = [new Model(), new Real()];
          let isEmpty = false;
          const close = async (): Promise<void> => {
            void real.pool.close().then(() => (isEmpty = true));
            model.close();
            await settle();
          };
          for (const [at, one] of steps.entries()) {
            if (at === closeAt) await close();
            await take(one, model, real);
            compare(model, real);
          }
          while (model.making.length > 0)
            await take({ kind: 'created', which: 0, ms: 1 }, model, real);
          if (!model.closed) await close();
          for (;;) {
            compare(model, real);
            if (model.held.length + model.making.length === 0) break;
            await take({ kind: 'release', which: 0, ms: 1 }, model, real);
            await take({ kind: 'created', which: 0, ms: 1 }, model, real);
          }
          expect(isEmpty).toBe(true);
          expect(real.fates).not.toContain('waits');
          expect(real.living).toBe(0);
          expect(real.mostLiving).toBeLessThanOrEqual(MAX);
          expect(real.clock.pending).toBe(0);
        },
      ),
      { numRuns: 200 },
    );
  });

  test('M-110 M-111 M-114 whatever happens in one turn, nobody shares, waits in vain or is passed by', async () => {
    const burst = fc.array(
      fc.record({ kind: fc.constantFrom('ask', 'give', 'leave'), which: fc.nat(9) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(burst, { maxLength: 15, size: 'max' }), async (bursts) => {
        let living = 0;
        const pool = new ResourcePool<object>(
          async () => {
            expect(++living).toBeLessThanOrEqual(MAX);
            await null;
            return {};
          },
          { maxSize: MAX, maxWaiting: 1000 },
        );
        const queued = new Set<number>();
        const served: number[] = [];
        const held = new Map<object, number>();
        const waiting = new Map<number, AbortController>();
        let asked = 0;
        const ask = (): void => {
          const id = asked++;
          const leaver = new AbortController();
          waiting.set(id, leaver);
          const before = pool.state().waiting;
          const acquired = pool.acquire({ signal: leaver.signal });
          if (pool.state().waiting > before) queued.add(id);
          acquired.then(
            (thing) => {
              expect(held.has(thing)).toBe(false);
              held.set(thing, id);
              waiting.delete(id);
              if (queued.has(id)) served.push(id);
            },
            (error: unknown) => {
              expect(error).toBe(leaver.signal.reason);
              waiting.delete(id);
            },
          );
        };
        const give = (which: number): void => {
          const thing = pick([...held.keys()], which);
          if (!thing) return;
          held.delete(thing);
          pool.release(thing);
        };
        for (const steps of bursts) {
          for (const { kind, which } of steps) {
            if (kind === 'ask') ask();
            else if (kind === 'give') give(which);
            else pick([...waiting.values()], which)?.abort();
          }
          await settle();
          const { size, available, inUse } = pool.state();
          expect(inUse).toBe(held.size);
          expect(size).toBeLessThanOrEqual(MAX);
          if (waiting.size > 0) expect([held.size, available]).toEqual([MAX, 0]);
        }
        for (; held.size > 0; await settle()) give(0);
        expect(waiting.size).toBe(0);
        expect(served).toEqual(served.toSorted((a, b) => a - b));
      }),
      { numRuns: 200 },
    );
  });
});
