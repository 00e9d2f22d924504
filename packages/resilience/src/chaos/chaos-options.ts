/** What chaos may be told, and the check of it. */
import type { Awaitable } from '@interpose/kernel';
import { checkMs, checkNames, checkWhole, outOfRange, unexpected } from '@interpose/kernel/options';
import type { ChaosKind } from './chaos-injection.ts';
import { checkFunction, type PolicyOptions } from '../policy.ts';

/** Options of `chaos`. */
export interface ChaosOptions<C = unknown, V = unknown> extends PolicyOptions {
  /** Whether anything is injected at all; a function is asked for each call, and what it throws counts as no. @default false */
  readonly enabled?: boolean | ((ctx: C) => boolean);
  /** The share of calls that something is injected into, from 0 to 1. @default 0.001 */
  readonly rate?: number;
  /** What to inject. @default 'fault' */
  readonly kind?: ChaosKind;
  /** For the kind `fault`: the error, or a function that gives or throws it. @default an InjectedFaultError */
  readonly fault?: Error | ((ctx: C) => unknown);
  /** For the kind `latency`: how long the call waits, in milliseconds; or from when to when. */
  readonly latencyMs?: number | LatencyRange;
  /** For the kind `outcome`: the result in place of that of the rest, or a function that gives it. */
  readonly outcome?: V | ((ctx: C) => Awaitable<V>);
  /** For the kind `behaviour`: what is called, and awaited, before the call goes on. */
  readonly behaviour?: (ctx: C) => unknown;
  /** Chance falls the same way for the same seed: a whole number from 0 to 4_294_967_295. @default none: `random` decides */
  readonly seed?: number;
  /** Chance, from 0 up to, but not including, 1. Not together with `seed`. @default Math.random */
  readonly random?: () => number;
}

/** How long an injected latency may be. */
export interface LatencyRange {
  /** At least, in milliseconds. */
  readonly minMs: number;
  /** At most, in milliseconds. */
  readonly maxMs: number;
}

const LARGEST_SEED = 2 ** 32 - 1;

/** The option that says what each kind injects. */
export const OPTION_OF: Readonly<
  Record<ChaosKind, 'fault' | 'latencyMs' | 'outcome' | 'behaviour'>
> = {
  fault: 'fault',
  latency: 'latencyMs',
  outcome: 'outcome',
  behaviour: 'behaviour',
};

/**
 * Checks options.
 *
 * @throws TypeError or RangeError
 */
export function checkChaos(given: ChaosOptions<never>): void {
  const { enabled = false, rate = 0.001, kind = 'fault', seed, random } = given;
  if (typeof enabled !== 'boolean') checkEnabled(enabled);
  checkRate(rate);
  checkKind(kind, given);
  checkFunction('random', random);
  if (seed === undefined) return;
  if (random) throw new TypeError('Give `seed` or `random`, not both.');
  if (checkWhole('seed', seed) > LARGEST_SEED) {
    throw outOfRange('seed', `a whole number up to ${LARGEST_SEED}`, seed);
  }
}

function checkEnabled(enabled: unknown): void {
  if (typeof enabled !== 'function')
    throw unexpected('enabled', 'true, false or a function', enabled);
}

function checkRate(rate: unknown): void {
  const wanted = 'a share from 0 to 1';
  if (typeof rate !== 'number') throw unexpected('rate', wanted, rate);
  if (!(rate >= 0 && rate <= 1)) throw outOfRange('rate', wanted, rate);
}

function checkKind(kind: ChaosKind, given: ChaosOptions<never>): void {
  if (!Object.hasOwn(OPTION_OF, kind)) {
    throw unexpected('kind', `'fault', 'latency', 'outcome' or 'behaviour'`, kind);
  }
  for (const [other, option] of Object.entries(OPTION_OF)) {
    if (other !== kind && option in given) {
      throw new TypeError(`\`${option}\` goes with the kind '${other}', not with '${kind}'.`);
    }
  }
  if (kind !== 'fault' && !(OPTION_OF[kind] in given)) {
    throw new TypeError(`The kind '${kind}' needs \`${OPTION_OF[kind]}\`.`);
  }
  if (kind === 'fault') checkFault(given.fault);
  if (kind === 'behaviour') checkBehaviour(given.behaviour);
  if (kind === 'latency') checkLatency(given.latencyMs);
}

function checkFault(fault: unknown): void {
  if (fault === undefined || fault instanceof Error || typeof fault === 'function') return;
  throw unexpected('fault', 'an error or a function', fault);
}

function checkBehaviour(behaviour: unknown): void {
  if (typeof behaviour !== 'function') throw unexpected('behaviour', 'a function', behaviour);
}

function checkLatency(latencyMs: unknown): void {
  if (typeof latencyMs !== 'object' || latencyMs === null)
    return void checkMs('latencyMs', latencyMs);
  checkNames('latencyMs', latencyMs, ['minMs', 'maxMs']);
  const { minMs, maxMs } = latencyMs as Partial<LatencyRange>;
  checkMs('maxMs', maxMs, checkMs('minMs', minMs));
}
