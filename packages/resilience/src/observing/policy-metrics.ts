/** policyMetrics: what policies do, as figures. */
import type { ResiliencePolicy } from '../policy.ts';
import { unexpected } from '@interpose/kernel/options';
import type { Counter, Gauge, Histogram, Meter, Series } from './meter.ts';

/** What is needed of a policy. */
export type MeasuredPolicy = Pick<
  // oxlint-disable-next-line typescript/no-explicit-any -- policies of all kinds stand in one list
  ResiliencePolicy<any, any, any, any>,
  'name' | 'state' | 'describe' | 'on'
>;

/** Which events count under which name. */
const COUNTED: Readonly<Record<string, readonly [name: string, help: string]>> = {
  rejected: ['rejections', 'Calls that were refused.'],
  shed: ['rejections', 'Calls that were refused.'],
  retry: ['retries', 'Attempts after the first.'],
  hedged: ['hedges', 'Further runs while the first was slow.'],
  fellBack: ['fallbacks', 'Calls that were answered by a fallback.'],
  abandoned: ['abandoned', 'Runs that ended when nobody waited for them any more.'],
};

/** The state of a circuit that an event of a breaker brings about. */
const TURNS: ReadonlySet<string> = new Set([
  'opened',
  'halfOpened',
  'closed',
  'isolated',
  'released',
]);

/** The states of a circuit as a figure. */
const CIRCUIT: Readonly<Record<string, number>> = {
  closed: 0,
  'half-open': 1,
  open: 2,
  isolated: 3,
};

/** Fields of a policy's state that are figures of now. */
const LEVELS: Readonly<Record<string, readonly [name: string, help: string]>> = {
  running: ['inflight', 'Calls under way.'],
  queued: ['queue_depth', 'Calls that wait for their turn.'],
  limit: ['limit', 'How many calls may be under way, where that changes.'],
};

const LABELS = ['mw_policy', 'mw_name'];

/**
 * Counts what the policies tell from now on, and shows their state: `mw_events_total` for every event, and beside it `mw_rejections_total`,
 * `mw_retries_total`, `mw_hedges_total`, `mw_fallbacks_total`, `mw_abandoned_total`, `mw_breaker_transitions_total`, `mw_breaker_state`,
 * `mw_inflight`, `mw_queue_depth` and `mw_queue_wait_seconds`. Gives back how to stop.
 *
 * @throws TypeError for what is no policy
 * @example
 * const stop = policyMetrics([breaker, limit, retries], meter);
 */
export function policyMetrics(policies: readonly MeasuredPolicy[], meter: Meter): () => void {
  if (typeof (meter as Partial<Meter> | undefined)?.counter !== 'function') {
    throw unexpected('meter', 'a meter', meter);
  }
  if (!Array.isArray(policies)) throw unexpected('policies', 'a list of policies', policies);
  policies.forEach((policy: Partial<MeasuredPolicy> | undefined, index) => {
    if (typeof policy?.on === 'function' && typeof policy.describe === 'function') return;
    throw unexpected(`policies[${index}]`, 'a policy', policy);
  });
  const instruments = new Instruments(meter);
  const stops = policies.map((policy) => measure(policy, instruments));
  const read = (): void => policies.forEach((policy) => showState(policy, instruments));
  read();
  const stopReading = meter.onRead?.(read);
  return () => {
    stopReading?.();
    for (const stop of stops) stop();
  };
}

/** Metrics are made when they are first needed, so that nobody sees those of policies that there are not. */
class Instruments {
  readonly #meter: Meter;

  constructor(meter: Meter) {
    this.#meter = meter;
  }

  counter(name: string, help: string, more: readonly string[] = []): Series<Counter> {
    return this.#meter.counter({ name: `mw_${name}_total`, help, labels: [...LABELS, ...more] });
  }

  gauge(name: string, help: string): Series<Gauge> {
    return this.#meter.gauge({ name: `mw_${name}`, help, labels: LABELS });
  }

  queueWait(): Series<Histogram> {
    const help = 'How long calls waited for their turn.';
    return this.#meter.histogram({ name: 'mw_queue_wait_seconds', help, labels: LABELS });
  }
}

function measure(policy: MeasuredPolicy, instruments: Instruments): () => void {
  const labels = [policy.describe().policy, policy.name];
  const events = instruments.counter('events', 'What policies have told.', ['event']);
  return policy.on('*', (event) => {
    const { type } = event;
    events.of(...labels, type).add(1);
    const counted = Object.hasOwn(COUNTED, type) ? COUNTED[type] : undefined;
    if (counted)
      instruments
        .counter(...counted)
        .of(...labels)
        .add(1);
    if (TURNS.has(type)) turned(policy, labels, instruments);
    const { waitMs } = event as { readonly waitMs?: unknown };
    if (typeof waitMs === 'number')
      instruments
        .queueWait()
        .of(...labels)
        .record(waitMs / 1000);
  });
}

function turned(policy: MeasuredPolicy, labels: readonly string[], instruments: Instruments): void {
  const circuit = circuitOf(policy);
  if (circuit === undefined) return;
  instruments
    .counter('breaker_transitions', 'Changes of state of a circuit.', ['state'])
    .of(...labels, circuit)
    .add(1);
  showState(policy, instruments);
}

function showState(policy: MeasuredPolicy, instruments: Instruments): void {
  const labels = [policy.describe().policy, policy.name];
  const state = policy.state() as Readonly<Record<string, unknown>>;
  for (const [field, [name, help]] of Object.entries(LEVELS)) {
    const level = state[field];
    if (typeof level === 'number')
      instruments
        .gauge(name, help)
        .of(...labels)
        .set(level);
  }
  const circuit = circuitOf(policy);
  if (circuit !== undefined) {
    const help = 'The state of a circuit: 0 closed, 1 half-open, 2 open, 3 isolated.';
    instruments
      .gauge('breaker_state', help)
      .of(...labels)
      .set(CIRCUIT[circuit] ?? NaN);
  }
}

/** The state of a circuit; `undefined` for other policies. */
function circuitOf(policy: MeasuredPolicy): string | undefined {
  const { state } = policy.state() as { readonly state?: unknown };
  return typeof state === 'string' && Object.hasOwn(CIRCUIT, state) ? state : undefined;
}
