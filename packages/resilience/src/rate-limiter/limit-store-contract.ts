/** limitStoreContract: what every limit store must do, as checks for any test runner. */
import type { Awaitable } from '@interpose/kernel';
import { limitRule, type LimitRule, type LimitRuleOptions } from './limit-rule.ts';
import type { LimitDecision, LimitStore } from './limit-store.ts';

/** One law of limit stores, and the check that a store keeps it. */
export interface LimitStoreLaw {
  /** What the store does, as a sentence without its subject: 'keeps keys apart'. */
  readonly name: string;
  /** Rejects with an Error that says what was expected and what came. */
  check(): Promise<void>;
}

/**
 * The laws for a limit store. `make` is called afresh for each law and must give a store in which nothing has been taken, and which goes by
 * the times that it is told, not by a clock of its own.
 *
 * @example
 * for (const law of limitStoreContract(() => memoryLimitStore())) test(law.name, law.check);
 */
export function limitStoreContract(make: () => Awaitable<LimitStore>): readonly LimitStoreLaw[] {
  const byAlgorithm = RULES.flatMap(([title, options]) => {
    const rule = limitRule(options);
    return LAWS.map(({ name, check }) => ({
      name: `${name}, by ${title}`,
      check: async () => check(await make(), rule),
    }));
  });
  return [...byAlgorithm, { name: CHANGED, check: async () => followsRule(await make()) }];
}

const RULES: readonly (readonly [string, LimitRuleOptions])[] = [
  ['token bucket', { algorithm: 'token-bucket', limit: 3, perMs: 1000, burst: 5 }],
  ['token bucket in steps', { algorithm: 'token-bucket', limit: 4, perMs: 1000, segments: 2 }],
  ['GCRA', { algorithm: 'gcra', limit: 3, perMs: 1000, burst: 5 }],
  ['fixed window', { algorithm: 'fixed-window', limit: 4, perMs: 1000 }],
  ['sliding window', { algorithm: 'sliding-window', limit: 4, perMs: 1000 }],
  ['segments', { algorithm: 'sliding-window', limit: 4, perMs: 900, segments: 3 }],
  ['sliding log', { algorithm: 'sliding-log', limit: 4, perMs: 1000 }],
];

/** Any moment will do; no store may count from 0. */
const T = 5_000_000;

interface Law {
  readonly name: string;
  check(store: LimitStore, rule: LimitRule): Promise<void>;
}

const LAWS: readonly Law[] = [
  {
    name: 'lets a burst start, and no more',
    async check(store, rule) {
      for (let left = rule.burst - 1; left >= 0; left--) {
        const { allowed, remaining } = await store.take('a', 1, rule, T);
        same('allowed, remaining', [allowed, remaining], [true, left]);
      }
      const { allowed, remaining } = await store.take('a', 1, rule, T);
      same('allowed, remaining of one too many', [allowed, remaining], [false, 0]);
    },
  },
  {
    name: 'says exactly when a refused start would be allowed',
    async check(store, rule) {
      await store.take('a', rule.burst, rule, T);
      const refused = await store.take('a', 2, rule, T + 7);
      same('allowed', refused.allowed, false);
      const thenMs = T + 7 + refused.retryAfterMs;
      same('a ms early', (await store.take('a', 2, rule, thenMs - 1)).allowed, false);
      same('then', (await store.take('a', 2, rule, thenMs)).allowed, true);
    },
  },
  {
    name: 'is whole again after `resetMs`',
    async check(store, rule) {
      const { resetMs } = await store.take('a', rule.burst, rule, T);
      const early = await store.take('a', 0, rule, T + resetMs - 1);
      same('resetMs a ms early', early.resetMs, 1);
      const probe = await store.take('a', 0, rule, T + resetMs);
      same('remaining, resetMs', [probe.remaining, probe.resetMs], [rule.burst, 0]);
    },
  },
  {
    name: 'takes all of a cost or nothing',
    async check(store, rule) {
      await store.take('a', rule.burst - 1, rule, T);
      same('allowed', (await store.take('a', 2, rule, T)).allowed, false);
      same('allowed', (await store.take('a', 1, rule, T)).allowed, true);
    },
  },
  {
    name: 'takes nothing for a probe',
    async check(store, rule) {
      for (let probe = 0; probe < 20; probe++) await store.take('a', 0, rule, T);
      same('allowed', (await store.take('a', rule.burst, rule, T)).allowed, true);
      const { allowed, retryAfterMs } = await store.take('a', 0, rule, T);
      const one = await store.take('a', 1, rule, T);
      same('allowed, retryAfterMs', [allowed, retryAfterMs], [false, one.retryAfterMs]);
    },
  },
  {
    name: 'keeps keys apart',
    async check(store, rule) {
      await store.take('a', rule.burst, rule, T);
      same('remaining of b', (await store.take('b', 1, rule, T)).remaining, rule.burst - 1);
      same('remaining of the empty key', (await store.take('', 0, rule, T)).remaining, rule.burst);
    },
  },
  {
    name: 'takes back what was not used, and no more than was taken',
    async check(store, rule) {
      await store.take('a', rule.burst, rule, T);
      await store.giveBack('a', 2, rule, T);
      same('remaining', (await store.take('a', 0, rule, T)).remaining, 2);
      await store.giveBack('a', 1000, rule, T);
      same('remaining', (await store.take('a', 0, rule, T)).remaining, rule.burst);
      await store.giveBack('unknown', 1, rule, T);
      same('remaining', (await store.take('unknown', 0, rule, T)).remaining, rule.burst);
    },
  },
  {
    name: 'yields nothing when time goes back',
    async check(store, rule) {
      await store.take('a', rule.burst, rule, T);
      const back = await store.take('a', 1, rule, T - 10_000);
      same('allowed', back.allowed, false);
      const thenMs = T - 10_000 + back.retryAfterMs;
      same('a ms early', (await store.take('a', 1, rule, thenMs - 1)).allowed, false);
      same('then', (await store.take('a', 1, rule, thenMs)).allowed, true);
    },
  },
  {
    name: 'never lets too many start at once',
    async check(store, rule) {
      const asked = Array.from({ length: rule.burst * 4 }, async () => store.take('a', 1, rule, T));
      const decisions: readonly LimitDecision[] = await Promise.all(asked);
      same('allowed', decisions.filter(({ allowed }) => allowed).length, rule.burst);
    },
  },
];

const CHANGED = 'keeps counting when the rule changes';

async function followsRule(store: LimitStore): Promise<void> {
  const narrow = limitRule({ algorithm: 'fixed-window', limit: 4, perMs: 1000 });
  await store.take('a', 3, narrow, T);
  const wide = limitRule({ algorithm: 'fixed-window', limit: 10, perMs: 1000 });
  same('remaining', (await store.take('a', 0, wide, T)).remaining, 7);
  const other = limitRule({ algorithm: 'token-bucket', limit: 10, perMs: 1000 });
  same('remaining', (await store.take('a', 0, other, T)).remaining, 7);
}

function same(what: string, got: unknown, wanted: unknown): void {
  if (JSON.stringify(got) === JSON.stringify(wanted)) return;
  throw new Error(
    `Limit store: expected ${what} to be ${JSON.stringify(wanted)}, got ${JSON.stringify(got)}.`,
  );
}
