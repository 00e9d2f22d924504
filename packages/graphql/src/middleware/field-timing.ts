/** fieldTiming: how long each resolver takes. */
import type { Clock } from '@interpose/kernel';
import { systemClock } from '@interpose/kernel/clock';
import { checkMs, checkNames, unexpected } from '@interpose/kernel/options';
import { reportFailure, unharmed } from '@interpose/kernel/unharmed';
import type { GraphQLResolveInfo } from 'graphql';
import type { FieldContext, FieldMiddleware } from '../field-context.ts';
import { whenDone } from '../timing/field-end.ts';
import { perField } from '../per-field.ts';
import { timingsOf } from '../timing/timings.ts';

/** One call of a resolver that has ended. */
export interface FieldTiming {
  /** The field, as in `User.email`. */
  readonly coordinate: string;
  readonly durationMs: number;
  /** False if it failed. */
  readonly ok: boolean;
  /** Where in the operation it was: `info.path`. */
  readonly info: GraphQLResolveInfo;
}

/** Options of `fieldTiming`. */
export interface FieldTimingOptions {
  /** Is told of each call. @default nobody */
  readonly record?: (timing: FieldTiming) => unknown;
  /** Is told of each call that took `slowMs` or longer. @default nobody */
  readonly onSlow?: (timing: FieldTiming) => unknown;
  /** From when on a call is slow, in milliseconds. @default 1000 */
  readonly slowMs?: number;
  /** Whether fields with default resolvers are timed as well. @default false */
  readonly defaults?: boolean;
  /** Tells the time. @default systemClock */
  readonly clock?: Clock;
  /** Is given what those who are told throw. @default writes to the console */
  readonly onFailure?: (error: unknown) => void;
}

/**
 * Measures how long resolvers take, those that wait until they have waited. Who is told is up to the options; besides, `collectTimings` and
 * `timingExtension` sum up an operation.
 *
 * @throws TypeError or RangeError for options out of range
 * @example
 * fieldTiming({ slowMs: 200, onSlow: ({ coordinate, durationMs }) => logger.warn({ durationMs }, `slow field: ${coordinate}`) });
 */
export function fieldTiming(options: FieldTimingOptions = {}): FieldMiddleware {
  checkOptions(options);
  const { record, onSlow, slowMs = 1000, defaults = false } = options;
  const { clock = systemClock, onFailure = reportFailure } = options;
  return perField(
    { name: 'fieldTiming', description: 'Measures how long resolvers take.' },
    () =>
      ({ coordinate, hasResolver }) => {
        if (!hasResolver && !defaults) return undefined;
        const tell = (ctx: FieldContext, durationMs: number, ok: boolean): void => {
          timingsOf(ctx.context)?.add(coordinate, durationMs, ok);
          const timing = { coordinate, durationMs, ok, info: ctx.info };
          if (record) unharmed(() => record(timing), onFailure);
          if (onSlow && durationMs >= slowMs) unharmed(() => onSlow(timing), onFailure);
        };
        return (ctx, next) => {
          if (!record && !onSlow && !timingsOf(ctx.context)) return next(ctx);
          const startedMs = clock.now();
          return whenDone(
            () => next(ctx),
            (ok) => tell(ctx, clock.now() - startedMs, ok),
          );
        };
      },
  );
}

function checkOptions(options: FieldTimingOptions): void {
  checkNames('fieldTiming()', options, [
    'record',
    'onSlow',
    'slowMs',
    'defaults',
    'clock',
    'onFailure',
  ]);
  for (const name of ['record', 'onSlow', 'onFailure'] as const) {
    const given: unknown = options[name];
    if (given !== undefined && typeof given !== 'function') {
      throw unexpected(name, 'a function', given);
    }
  }
  const { slowMs, defaults } = options;
  if (slowMs !== undefined) checkMs('slowMs', slowMs);
  if (defaults !== undefined && typeof defaults !== 'boolean') {
    throw unexpected('defaults', 'true or false', defaults);
  }
}
