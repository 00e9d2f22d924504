/** metrics: counts calls by outcome, measures how long they take, and tells how many are under way. */
import type { Clock, ContextPolicy } from '@interpose/kernel';
import { systemClock } from '@interpose/kernel/clock';
import { checkNames, unexpected } from '@interpose/kernel/options';
import { passes } from '../instruction.ts';
import { checkFunction } from '../policy.ts';
import { around } from './around.ts';
import type { Counter, Histogram, Meter } from './meter.ts';
import { nameOf } from './name-of.ts';

/** Options of `metrics`. */
export interface MetricsOptions {
  /** Where to count. */
  readonly meter: Meter;
  /** What the names of the metrics begin with. @default 'mware_' */
  readonly prefix?: string;
  /** What the function is called. @default `funcName` on the context, else `unknown` */
  readonly name?: string;
  /** The upper bounds of the buckets for durations, in seconds. @default those of the meter */
  readonly bucketsSeconds?: readonly number[];
  /** Tells the time. @default systemClock */
  readonly clock?: Clock;
  /** Is given what the meter throws. @default writes to the console */
  readonly onFailure?: (error: unknown) => void;
}

/** Names come from code, but nothing keeps a caller from making them up. */
const MOST_NAMES = 1000;

/** The figures of one function. */
interface Figures {
  readonly success: Counter;
  readonly error: Counter;
  readonly duration: Histogram;
}

/**
 * Counts each call under `mware_requests_total`, by function and status (`success` or `error`); how long it took under
 * `mware_request_duration_seconds`; and how many are under way under `mware_active_requests`. A stream is under way until it has been read. A
 * call that ends with an instruction to the host is neither a success nor an error, and is not counted.
 *
 * @throws TypeError for options out of range, or names that the meter does not take
 * @example
 * const meter = metricsRegistry();
 * pipeline<Http, Reply>().use(metrics({ meter, name: 'checkout' }));
 */
export function metrics(options: MetricsOptions): ContextPolicy<object> {
  checkNames('metrics()', options, [
    'meter',
    'prefix',
    'name',
    'bucketsSeconds',
    'clock',
    'onFailure',
  ]);
  const { name, clock = systemClock, onFailure } = options;
  if (name !== undefined && typeof name !== 'string') throw unexpected('name', 'a name', name);
  checkFunction('onFailure', onFailure);
  const { figuresOf, active } = instruments(options);
  return around({
    traits: { name: 'metrics', description: 'Counts calls and measures how long they take.' },
    onFailure,
    enter(ctx) {
      const figures = figuresOf(nameOf(ctx, name));
      const startedMs = clock.now();
      active.add(1);
      return {
        ctx,
        end(outcome) {
          active.add(-1);
          const { ok } = outcome;
          if (!ok && passes(outcome.error)) return;
          (ok ? figures.success : figures.error).add(1);
          figures.duration.record((clock.now() - startedMs) / 1000);
        },
      };
    },
  });
}

function instruments({ meter, prefix = 'mware_', bucketsSeconds }: MetricsOptions): {
  readonly figuresOf: (name: string) => Figures;
  readonly active: ReturnType<ReturnType<Meter['gauge']>['of']>;
} {
  if (typeof (meter as Partial<Meter> | undefined)?.counter !== 'function') {
    throw unexpected('meter', 'a meter', meter);
  }
  if (typeof prefix !== 'string') throw unexpected('prefix', 'a text', prefix);
  const requests = meter.counter({
    name: `${prefix}requests_total`,
    help: 'Calls that have ended.',
    labels: ['function', 'status'],
  });
  const durations = meter.histogram({
    name: `${prefix}request_duration_seconds`,
    help: 'How long calls took.',
    labels: ['function'],
    ...(bucketsSeconds && { buckets: bucketsSeconds }),
  });
  const active = meter.gauge({
    name: `${prefix}active_requests`,
    help: 'Calls under way.',
  });
  const known = new Map<string, Figures>();
  const figuresOf = (name: string): Figures => {
    let figures = known.get(name);
    if (!figures) {
      figures = {
        success: requests.of(name, 'success'),
        error: requests.of(name, 'error'),
        duration: durations.of(name),
      };
      if (known.size < MOST_NAMES) known.set(name, figures);
    }
    return figures;
  };
  return { figuresOf, active: active.of() };
}
