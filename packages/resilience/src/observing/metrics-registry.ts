/** metricsRegistry: a Meter in memory, which Prometheus can read. */
import { checkNames, checkWhole } from '@interpose/kernel/options';
import { unharmed } from '@interpose/kernel/unharmed';
import { checkFunction } from '../policy.ts';
import type {
  Counter,
  Gauge,
  Histogram,
  HistogramSpec,
  Meter,
  MetricSpec,
  Series,
} from './meter.ts';
import { Family, type Figure, type MetricKind } from './metrics-family.ts';

/** Options of `metricsRegistry`. */
export interface MetricsRegistryOptions {
  /** How many label sets one metric may have; all further ones are counted together as `_other`. @default 1000 */
  readonly maxSeries?: number;
  /** Is given what goes wrong in bringing figures up to date. @default writes to the console */
  readonly onFailure?: (error: unknown) => void;
}

/** One figure as plain data. */
export interface MetricReading {
  readonly name: string;
  readonly kind: MetricKind;
  readonly labels: Readonly<Record<string, string>>;
  /** The figure; the sum, for a histogram. */
  readonly value: number;
  /** For a histogram: how many. */
  readonly count?: number;
}

/** A Meter whose figures can be read. */
export interface MetricsRegistry extends Required<Meter> {
  /** All figures in the text format of Prometheus, version 0.0.4. */
  prometheus(): string;
  /** All figures as plain data. */
  read(): MetricReading[];
}

/** The type of the text that `prometheus()` gives. */
export const PROMETHEUS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/**
 * Makes a registry.
 *
 * @throws TypeError or RangeError for options out of range
 * @example
 * const meter = metricsRegistry();
 * pipeline<Http, Reply>().use(metrics({ meter }));
 * app.get('/metrics', () => new Response(meter.prometheus(), { headers: { 'content-type': PROMETHEUS_TYPE } }));
 */
export function metricsRegistry(options: MetricsRegistryOptions = {}): MetricsRegistry {
  checkNames('metricsRegistry()', options, ['maxSeries', 'onFailure']);
  const { maxSeries = 1000, onFailure } = options;
  checkWhole('maxSeries', maxSeries, 1);
  checkFunction('onFailure', onFailure);
  const families = new Map<string, Family>();
  const readers = new Set<() => void>();

  const family = (kind: MetricKind, spec: HistogramSpec): Family => {
    const known = families.get(spec.name);
    if (!known) {
      const made = new Family(kind, spec, maxSeries);
      families.set(spec.name, made);
      return made;
    }
    const same = known.kind === kind && String(known.labels) === String(spec.labels ?? []);
    if (!same) throw new TypeError(`The metric "${spec.name}" is there already, and is another.`);
    return known;
  };
  const current = (): Iterable<Family> => {
    for (const reader of readers) unharmed(reader, onFailure);
    return families.values();
  };
  return {
    counter: (spec: MetricSpec): Series<Counter> => family('counter', spec),
    gauge: (spec: MetricSpec): Series<Gauge> => family('gauge', spec),
    histogram: (spec: HistogramSpec): Series<Histogram> => family('histogram', spec),
    onRead(read) {
      readers.add(read);
      return () => void readers.delete(read);
    },
    prometheus: () => [...current()].map(textOf).join(''),
    read: () => [...current()].flatMap(readingsOf),
  };
}

function readingsOf(family: Family): MetricReading[] {
  const { kind, labels, spec } = family;
  return [...family.figures()].map((figure) => ({
    name: spec.name,
    kind,
    labels: Object.fromEntries(labels.map((label, index) => [label, figure.labels[index] ?? ''])),
    value: figure.value,
    ...(kind === 'histogram' && { count: figure.count }),
  }));
}

/** One metric in the text format of Prometheus. */
function textOf(family: Family): string {
  const { name, help } = family.spec;
  const lines = [
    `# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}`,
    `# TYPE ${name} ${family.kind}`,
    ...[...family.figures()].flatMap((figure) => samplesOf(family, figure)),
  ];
  return `${lines.join('\n')}\n`;
}

function samplesOf({ kind, spec: { name }, labels, buckets }: Family, figure: Figure): string[] {
  const pairs = labels.map((label, index) => pair(label, figure.labels[index] ?? ''));
  const sample = (suffix: string, value: number, more: readonly string[] = []): string => {
    const all = [...pairs, ...more].join(',');
    return `${name}${suffix}${all && `{${all}}`} ${numberText(value)}`;
  };
  if (kind !== 'histogram') return [sample('', figure.value)];
  let sum = 0;
  return [
    ...[...buckets, Infinity].map((bound, index) =>
      sample('_bucket', (sum += figure.perBucket[index] ?? 0), [pair('le', numberText(bound))]),
    ),
    sample('_sum', figure.value),
    sample('_count', figure.count),
  ];
}

const pair = (label: string, value: string): string =>
  `${label}="${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;

function numberText(value: number): string {
  if (value === Infinity) return '+Inf';
  return value === -Infinity ? '-Inf' : String(value);
}
