/** timing: puts on the context how long the rest took. */
import type { Clock, ContextPolicy } from '@interpose/kernel';
import { systemClock } from '@interpose/kernel/clock';
import { checkNames } from '@interpose/kernel/options';
import { checkFunction } from '../policy.ts';
import { around } from './around.ts';

/** What `timing` puts on the context. */
export interface Timed {
  /** How long the rest took, in seconds; for a stream, until it was read. */
  timing?: number;
}

/** Options of `timing`. */
export interface TimingOptions {
  /** Tells the time. @default systemClock */
  readonly clock?: Clock;
  /** Is given what goes wrong, such as a context that cannot be written to. @default writes to the console */
  readonly onFailure?: (error: unknown) => void;
}

/**
 * Puts `timing` on the context that its caller gave: the seconds that the rest took, whether it succeeded or failed.
 *
 * @throws TypeError for options out of range
 */
export function timing(options: TimingOptions = {}): ContextPolicy<Timed> {
  checkNames('timing()', options, ['clock', 'onFailure']);
  const { clock = systemClock, onFailure } = options;
  checkFunction('onFailure', onFailure);
  return around({
    traits: { name: 'timing', description: 'Puts on the context how long the rest took.' },
    onFailure,
    enter(ctx) {
      const startedMs = clock.now();
      return {
        ctx,
        end: () => void ((ctx as Timed).timing = (clock.now() - startedMs) / 1000),
      };
    },
  });
}
