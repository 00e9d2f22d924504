/** Tests rateLimit as a whole against a model that is written plainly, millisecond by millisecond. */
import { pipeline } from '@interpose/kernel';
import { fakeClock, settle } from '@interpose/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RateLimitedError } from '../errors.ts';
import { limitRule, type LimitRule, type LimitRuleOptions } from './limit-rule.ts';
import { rateLimit } from './rate-limiter.ts';

/** How a call stands. `admitted`: its turn has come, and it is about to start. `leaves`: it is about to be told that it may not start. */
type Standing =
  | 'waits'
  | 'admitted'
  | 'leaves'
  | 'started'
  | 'aborted'
  | 'too dear'
  | { readonly refusedForMs: number | undefined };

/** Calls that can still give up. */
const UNDER_WAY: ReadonlySet<Standing> = new Set(['waits', 'admitted', 'leaves'] as const);

interface ModelCall {
  readonly key: string;
  readonly cost: number;
  readonly sinceMs: number;
  takenAtMs: number;
  standing: Standing;
  /** What it will be told. */
  told?: Standing;
}

/** What has been taken under a key: who took how much when, and what a bucket lacks of being full. */
interface Ledger {
  entries: { atMs: number; cost: number }[];
  lackParts: number;
  /** When the grid of windows began. */
  gridMs: number;
  /** By which it has last been used: a key learns of another rule when it is next used. */
  rule: LimitRule;
}

/** One limiter, with everything done the long way. */
class Model {
  rule: LimitRule;
  maxQueue: number;
  readonly order: 'fifo' | 'lifo';
  readonly maxWaitMs: number;
  nowMs = 0;
  ledgers = new Map<string, Ledger>();
  calls: ModelCall[] = [];

  constructor(rule: LimitRule, maxQueue: number, order: 'fifo' | 'lifo', maxWaitMs: number) {
    this.rule = rule;
    this.maxQueue = maxQueue;
    this.order = order;
    this.maxWaitMs = maxWaitMs;
  }

  waiting(key: string): ModelCall[] {
    return this.calls.filter((call) => call.key === key && call.standing === 'waits');
  }

  call(key: string, cost: number): void {
    const call: ModelCall = { key, cost, sinceMs: this.nowMs, takenAtMs: 0, standing: 'waits' };
    if (cost > this.rule.burst) call.standing = 'too dear';
    else if (this.order === 'lifo' || this.waiting(key).length === 0) this.tryStart(call);
    // A call that does not wait starts at once.
    if (call.standing === 'admitted') call.standing = 'started';
    if (call.standing === 'waits') this.lineUp(call);
    this.calls.push(call);
  }

  lineUp(call: ModelCall): void {
    const line = this.waiting(call.key);
    const inMs = this.startsInMs(call);
    const noRoom = this.maxQueue === 0 || (this.order === 'fifo' && line.length >= this.maxQueue);
    if (noRoom || inMs > this.maxWaitMs) call.standing = { refusedForMs: inMs };
    else if (line[0] && line.length >= this.maxQueue) this.refuse(line[0]);
  }

  /** Looks into the future by living it in a copy. */
  startsInMs(call: ModelCall): number {
    const future = new Model(this.rule, Infinity, this.order, Infinity);
    future.nowMs = this.nowMs;
    future.ledgers = structuredClone(this.ledgers);
    const ahead = this.order === 'fifo' ? this.waiting(call.key) : [];
    future.calls = [...ahead, call].map((one) => ({ ...one }));
    while (future.calls.at(-1)?.standing === 'waits') future.tick();
    return future.nowMs - this.nowMs;
  }

  refuse(call: ModelCall): void {
    call.standing = 'leaves';
    call.told = { refusedForMs: undefined };
    this.pump(call.key);
  }

  tick(): void {
    this.nowMs++;
    for (const ledger of this.ledgers.values()) this.pass(ledger);
    this.pumpAll();
    for (const call of this.calls) {
      if (call.standing === 'waits' && this.nowMs >= call.sinceMs + this.maxWaitMs) {
        this.refuse(call);
      }
    }
  }

  pumpAll(): void {
    for (const key of new Set(this.calls.map((call) => call.key))) this.pump(key);
  }

  pump(key: string): void {
    for (;;) {
      const first = this.waiting(key).at(this.order === 'fifo' ? 0 : -1);
      if (!first) return;
      if (first.cost > this.rule.burst)
        Object.assign(first, { standing: 'leaves', told: 'too dear' });
      else if (!this.tryStart(first)) return;
    }
  }

  tryStart(call: ModelCall): boolean {
    const ledger = this.ledgerOf(call.key);
    if (!this.fits(ledger, call.cost || 1)) return false;
    call.standing = 'admitted';
    call.takenAtMs = this.nowMs;
    if (call.cost > 0) this.take(ledger, call.cost);
    return true;
  }

  settle(): void {
    for (const call of this.calls) {
      if (call.standing === 'admitted') call.standing = 'started';
      if (call.standing === 'leaves' && call.told) call.standing = call.told;
    }
  }

  abort(call: ModelCall): void {
    const was = call.standing;
    if (was !== 'waits' && was !== 'admitted' && was !== 'leaves') return;
    call.standing = 'aborted';
    if (was === 'admitted') this.giveBack(this.ledgerOf(call.key), call);
    this.pump(call.key);
  }

  reset(): void {
    this.ledgers.clear();
    this.pumpAll();
  }

  reconfigure(rule: LimitRule, maxQueue: number): void {
    this.rule = rule;
    this.maxQueue = maxQueue;
    this.pumpAll();
  }

  ledgerOf(key: string): Ledger {
    const { rule, nowMs } = this;
    let ledger = this.ledgers.get(key);
    if (!ledger)
      this.ledgers.set(key, (ledger = { entries: [], lackParts: 0, gridMs: nowMs, rule }));
    if (rule.algorithm === 'gcra' && rule.limit !== ledger.rule.limit) {
      // Its state cannot be read by the new rule: whole starts count as if taken now.
      const taken = Math.min(ledger.rule.burst, Math.ceil(ledger.lackParts / rule.perMs));
      ledger.lackParts = Math.min(taken, rule.burst) * rule.perMs;
    }
    ledger.rule = rule;
    return ledger;
  }

  /** A millisecond goes by. */
  pass(ledger: Ledger): void {
    const { limit, perMs, segments } = ledger.rule;
    const stepMs = segments > 0 ? perMs / segments : 1;
    if ((this.nowMs - ledger.gridMs) % stepMs === 0 || !this.isBucket) {
      ledger.lackParts = Math.max(0, ledger.lackParts - limit * stepMs);
    }
  }

  get isBucket(): boolean {
    return this.rule.algorithm === 'token-bucket' || this.rule.algorithm === 'gcra';
  }

  fits(ledger: Ledger, cost: number): boolean {
    const { limit, burst, perMs } = this.rule;
    if (this.isBucket) return ledger.lackParts + cost * perMs <= burst * perMs;
    return this.counted(ledger) + cost <= limit;
  }

  /** How much of what was taken counts now, in a window. */
  counted(ledger: Ledger): number {
    const { algorithm, perMs, segments } = this.rule;
    const sum = (counts: (atMs: number) => boolean): number =>
      ledger.entries.reduce((total, { atMs, cost }) => total + (counts(atMs) ? cost : 0), 0);
    if (algorithm === 'sliding-log') return sum((atMs) => atMs > this.nowMs - perMs);
    if (algorithm === 'fixed-window')
      return sum((atMs) => this.nowMs < this.windowOf(ledger, atMs));
    const lengthMs = segments > 0 ? perMs / segments : perMs;
    const index = (atMs: number): number => Math.floor((atMs - ledger.gridMs) / lengthMs);
    const here = index(this.nowMs);
    if (segments > 0) return sum((atMs) => index(atMs) > here - segments);
    const passed = (this.nowMs - ledger.gridMs - here * perMs) / perMs;
    const earlier = sum((atMs) => index(atMs) === here - 1);
    // Compared in whole numbers: a start either fits or not.
    return sum((atMs) => index(atMs) === here) + Math.ceil(earlier * (1 - passed) - 1e-9);
  }

  /** When the window ends to which a start belongs. */
  windowOf(ledger: Ledger, startMs: number): number {
    let endMs = -Infinity;
    for (const { atMs } of ledger.entries) {
      if (atMs >= endMs) endMs = atMs + this.rule.perMs;
      if (atMs >= startMs) break;
    }
    return endMs;
  }

  take(ledger: Ledger, cost: number): void {
    const { perMs, algorithm } = this.rule;
    ledger.lackParts += cost * perMs;
    const grid = algorithm === 'sliding-window';
    if (grid && this.counted(ledger) === 0) {
      ledger.entries = [];
      ledger.gridMs = this.nowMs;
    }
    ledger.entries.push({ atMs: this.nowMs, cost });
  }

  giveBack(ledger: Ledger, { cost, takenAtMs }: ModelCall): void {
    ledger.lackParts = Math.max(0, ledger.lackParts - cost * this.rule.perMs);
    let left = cost;
    for (const entry of ledger.entries.filter(({ atMs }) => atMs === takenAtMs)) {
      const given = Math.min(left, entry.cost);
      entry.cost -= given;
      left -= given;
    }
    ledger.entries = ledger.entries.filter((entry) => entry.cost > 0);
  }
}

const rules = fc
  .record({
    algorithm: fc.constantFrom(
      'token-bucket' as const,
      'gcra' as const,
      'fixed-window' as const,
      'sliding-window' as const,
      'sliding-log' as const,
    ),
    limit: fc.constantFrom(1, 1, 2, 3, 5),
    segmentMs: fc.integer({ min: 1, max: 12 }),
    segments: fc.integer({ min: 0, max: 3 }),
  })
  .map(({ algorithm, limit, segmentMs, segments }): LimitRuleOptions => {
    const stepped =
      segments > 0 && (algorithm === 'token-bucket' || algorithm === 'sliding-window');
    return {
      algorithm,
      limit,
      perMs: segmentMs * (stepped ? segments : 3),
      ...(stepped && { segments }),
    };
  });

const moves = fc.array(
  fc.record({
    move: fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({
          type: fc.constant('call' as const),
          key: fc.constantFrom('a', 'a', 'b'),
          cost: fc.constantFrom(1, 1, 1, 2, 3, 5, 0, 6),
        }),
      },
      {
        weight: 4,
        arbitrary: fc.record({
          type: fc.constant('tick' as const),
          ms: fc.integer({ min: 1, max: 12 }),
        }),
      },
      {
        weight: 3,
        // Until the next timer is due, when somebody's turn may come.
        arbitrary: fc.constant({ type: 'tick' as const, ms: undefined }),
      },
      {
        weight: 4,
        arbitrary: fc.record({ type: fc.constant('abort' as const), which: fc.nat(4) }),
      },
      {
        weight: 1,
        arbitrary: fc.record({
          type: fc.constant('reconfigure' as const),
          limit: fc.integer({ min: 1, max: 5 }),
          maxQueue: fc.nat(3),
        }),
      },
      { weight: 1, arbitrary: fc.record({ type: fc.constant('reset' as const) }) },
    ),
    /** Whether what follows from it may follow before the next move. */
    settles: fc.boolean(),
  }),
  { minLength: 5, maxLength: 60 },
);

test('X-R11 whatever is called, given up, changed and reset in whatever order: rateLimit decides as the model does', async () => {
  await fc.assert(
    fc.asyncProperty(
      rules,
      fc.record({
        maxQueue: fc.constantFrom(0, 1, 2, 3, 3),
        order: fc.constantFrom('fifo' as const, 'lifo' as const),
        maxWaitMs: fc.constantFrom(Infinity, Infinity, 5, 20),
      }),
      moves,
      async (given, waits, play) => {
        const clock = fakeClock();
        const model = new Model(limitRule(given), waits.maxQueue, waits.order, waits.maxWaitMs);
        const policy = rateLimit<Asked>({
          ...given,
          ...waits,
          clock,
          key: ({ key }) => key,
          cost: ({ cost }) => cost,
        });
        const calls: { standing: Standing; caller: AbortController }[] = [];
        const serve = pipeline<Asked, void>()
          .use(policy)
          .handle(({ record }) => {
            record.standing = 'started';
          });
        const start = async (key: string, cost: number): Promise<void> => {
          const record = { standing: 'waits' as Standing, caller: new AbortController() };
          calls.push(record);
          try {
            await serve({ key, cost, record, signal: record.caller.signal });
          } catch (error) {
            if (error === record.caller.signal.reason) record.standing = 'aborted';
            else if (error instanceof RangeError) record.standing = 'too dear';
            else if (error instanceof RateLimitedError) {
              record.standing = { refusedForMs: error.retryAfterMs };
            } else record.standing = { refusedForMs: Number.NaN };
          }
        };
        const running: Promise<void>[] = [];
        for (const { move, settles } of play) {
          if (move.type === 'call') {
            running.push(start(move.key, move.cost));
            model.call(move.key, move.cost);
          } else if (move.type === 'tick') {
            const untilMs = clock.now() + (move.ms ?? clock.nextInMs ?? 1);
            while (clock.now() < untilMs) {
              clock.advanceSync(1);
              model.tick();
            }
          } else if (move.type === 'abort') {
            const under = model.calls.filter(({ standing }) => UNDER_WAY.has(standing));
            const call = under[move.which % under.length];
            if (!call) continue;
            calls[model.calls.indexOf(call)]?.caller.abort(new Error('given up'));
            model.abort(call);
          } else if (move.type === 'reconfigure') {
            const { limit, maxQueue } = move;
            policy.reconfigure({ limit, maxQueue });
            model.reconfigure(limitRule({ ...given, limit }), maxQueue);
          } else {
            policy.reset();
            model.reset();
          }
          const waiting = model.calls.filter(({ standing }) => standing === 'waits').length;
          expect(policy.state().waiting).toBe(waiting);
          if (!settles) continue;
          await settle();
          model.settle();
          expect(calls.map(({ standing }) => standing)).toEqual(
            model.calls.map(({ standing }, index) => known(standing, calls[index]?.standing)),
          );
        }
        policy[Symbol.dispose]();
        await settle();
        expect(clock.pending).toBe(0);
        await Promise.allSettled(running);
      },
    ),
    { numRuns: 1500 },
  );
}, 60_000);

interface Asked {
  readonly key: string;
  readonly cost: number;
  readonly record: { standing: Standing };
  readonly signal: AbortSignal;
}

/** Who was displaced or overdue is told a time, too, but the model does not say which. */
function known(standing: Standing, seen: Standing | undefined): Standing | undefined {
  if (typeof standing !== 'object' || standing.refusedForMs !== undefined) return standing;
  return typeof seen === 'object' ? seen : standing;
}
