/** The suite of the policies: what each costs where nothing goes wrong, beside a bare call and beside what others offer. */
import type { Bench, Call, Case, Kind, Subject, Suite, Target } from '../suite.ts';
import { ANSWER, createInput } from './callee.ts';
import { guardedCases } from './guarded.ts';

type Make = () => Call;
type Module<M> = Readonly<Record<keyof M, unknown>>;

const benchOf = (make: unknown): Bench => ({ calls: [(make as Make)()] });

/** A subject out of one of the files beside this one. */
function from<M extends object>(load: () => Promise<M>) {
  return (name: string, kind: Kind, key: keyof M, target?: Target): Subject => ({
    name,
    kind,
    ...(target && { target }),
    load: async () => benchOf(((await load()) as Module<M>)[key]),
  });
}

const interpose = from(() => import('./interpose.ts'));
const cockatiel = from(() => import('./cockatiel.ts'));
const opossum = from(() => import('./opossum.ts'));
const hand = from(() => import('./hand.ts'));
const handAgain = from(() => import('./hand.ts?copy=again'));

function caseOf(name: string, ...subjects: readonly Subject[]): Case {
  return {
    name,
    input: createInput,
    trials: [{ input: createInput, answer: ANSWER }],
    limit: async () => benchOf((await import('./hand.ts')).bare),
    subjects: [handAgain('bare call', 'limit', 'bare'), ...subjects],
  };
}

/** CPU time and heap of calls on which no policy has anything to do. */
export const suite: Suite = {
  name: 'resilience',
  cases: [
    caseOf(
      'timeout',
      interpose('interpose', 'ours', 'timeoutAlone', { against: { 'setTimeout race': 0.45 } }),
      interpose('interpose, the handler hands its context on', 'variant', 'timeoutSeen'),
      hand('setTimeout race', 'peer', 'timeoutAlone'),
      hand('Promise.race with setTimeout', 'peer', 'timeoutRaced'),
      cockatiel('cockatiel', 'peer', 'timeoutAlone'),
    ),
    caseOf(
      'retry',
      interpose('interpose', 'ours', 'retryAlone', {}),
      hand('hand-written', 'variant', 'retryAlone'),
      cockatiel('cockatiel', 'peer', 'retryAlone'),
    ),
    caseOf(
      'circuit breaker',
      interpose('interpose', 'ours', 'breakerAlone', { against: { opossum: 0.5 } }),
      interpose('interpose, counting in a window of time', 'variant', 'breakerByRatio'),
      hand('hand-written', 'variant', 'breakerAlone'),
      cockatiel('cockatiel', 'peer', 'breakerAlone'),
      opossum('opossum', 'peer', 'breakerAlone'),
    ),
    caseOf(
      'bulkhead',
      interpose('interpose', 'ours', 'bulkheadAlone', {}),
      hand('hand-written', 'variant', 'bulkheadAlone'),
      cockatiel('cockatiel', 'peer', 'bulkheadAlone'),
    ),
    caseOf(
      'fallback',
      interpose('interpose', 'ours', 'fallbackAlone', {}),
      cockatiel('cockatiel', 'peer', 'fallbackAlone'),
    ),
    caseOf(
      'policies that the peers do not have',
      interpose('interpose rate limit', 'variant', 'rateLimitAlone'),
      interpose('interpose adaptive limit', 'variant', 'adaptiveAlone'),
      interpose('interpose load shed', 'variant', 'shedAlone'),
      interpose('interpose hedge', 'variant', 'hedgeAlone'),
      interpose('interpose cache, a hit', 'variant', 'cacheHit'),
      interpose('interpose coalesce', 'variant', 'coalesceAlone'),
    ),
    caseOf(
      'retry, breaker and timeout',
      interpose('interpose', 'ours', 'three', {
        ratio: 3.5,
        against: { 'opossum, breaker and timeout alone': 0.25, 'cockatiel wrap': 0.02 },
      }),
      interpose('interpose, the handler hands its context on', 'variant', 'threeSeen'),
      hand('hand-written', 'variant', 'three'),
      opossum('opossum, breaker and timeout alone', 'peer', 'breakerWithTimeout'),
      cockatiel('cockatiel wrap', 'peer', 'three'),
    ),
    caseOf(
      'total timeout, retry, breaker, attempt timeout and bulkhead',
      interpose('interpose', 'ours', 'five', { median: 3000 }),
      interpose('interpose, the handler hands its context on', 'variant', 'fiveSeen'),
      hand('hand-written', 'variant', 'five'),
      cockatiel('cockatiel wrap', 'peer', 'five'),
    ),
    ...guardedCases,
  ],
};
