/** resolverMetrics: counts calls of resolvers by how they end, and measures how long they take. */
import type { Clock } from '@interpose/kernel';
import { systemClock } from '@interpose/kernel/clock';
import { checkNames, unexpected } from '@interpose/kernel/options';
import { reportFailure, unharmed } from '@interpose/kernel/unharmed';
import type { Meter } from '@interpose/resilience/observing';
import type { FieldMiddleware } from '../field-context.ts';
import { whenDone } from '../timing/field-end.ts';
import { perField } from '../per-field.ts';

/** Options of `resolverMetrics`. */
export interface ResolverMetricsOptions {
  /** Where to count. */
  readonly meter: Meter;
  /** What the names of the metrics begin with. @default 'graphql_' */
  readonly prefix?: string;
  /** The upper bounds of the buckets for durations, in seconds. @default those of the meter */
  readonly bucketsSeconds?: readonly number[];
  /** Whether fields with default resolvers are counted as well. @default false */
  readonly defaults?: boolean;
  /** Tells the time. @default systemClock */
  readonly clock?: Clock;
  /** Is given what the meter throws. @default writes to the console */
  readonly onFailure?: (error: unknown) => void;
}

/**
 * Counts calls of resolvers under `graphql_field_calls_total`, by type, field and status (`success` or `error`), and how long they took under
 * `graphql_field_duration_seconds`. There are as many series as the schema has fields, whatever operations ask for; each is looked up once.
 *
 * @throws TypeError for options out of range, or names that the meter does not take
 * @example
 * const meter = metricsRegistry();
 * fields().use(resolverMetrics({ meter }));
 */
export function resolverMetrics(options: ResolverMetricsOptions): FieldMiddleware {
  const { calls, durations } = instruments(options);
  const { defaults = false, clock = systemClock, onFailure = reportFailure } = options;
  return perField(
    { name: 'resolverMetrics', description: 'Counts calls of resolvers and measures them.' },
    () =>
      ({ type, field, hasResolver }) => {
        if (!hasResolver && !defaults) return undefined;
        const success = calls.of(type.name, field.name, 'success');
        const error = calls.of(type.name, field.name, 'error');
        const duration = durations.of(type.name, field.name);
        return (ctx, next) => {
          const startedMs = clock.now();
          return whenDone(
            () => next(ctx),
            (ok) =>
              unharmed(() => {
                (ok ? success : error).add(1);
                duration.record((clock.now() - startedMs) / 1000);
              }, onFailure),
          );
        };
      },
  );
}

function instruments(options: ResolverMetricsOptions): {
  readonly calls: ReturnType<Meter['counter']>;
  readonly durations: ReturnType<Meter['histogram']>;
} {
  checkNames('resolverMetrics()', options, [
    'meter',
    'prefix',
    'bucketsSeconds',
    'defaults',
    'clock',
    'onFailure',
  ]);
  const { meter, prefix = 'graphql_', bucketsSeconds, defaults, onFailure } = options;
  if (typeof (meter as Partial<Meter> | undefined)?.counter !== 'function') {
    throw unexpected('meter', 'a meter', meter);
  }
  if (typeof prefix !== 'string') throw unexpected('prefix', 'a text', prefix);
  if (defaults !== undefined && typeof defaults !== 'boolean') {
    throw unexpected('defaults', 'true or false', defaults);
  }
  if (onFailure !== undefined && typeof onFailure !== 'function') {
    throw unexpected('onFailure', 'a function', onFailure);
  }
  return {
    calls: meter.counter({
      name: `${prefix}field_calls_total`,
      help: 'Calls of resolvers that have ended.',
      labels: ['type', 'field', 'status'],
    }),
    durations: meter.histogram({
      name: `${prefix}field_duration_seconds`,
      help: 'How long resolvers took.',
      labels: ['type', 'field'],
      ...(bucketsSeconds && { buckets: bucketsSeconds }),
    }),
  };
}
