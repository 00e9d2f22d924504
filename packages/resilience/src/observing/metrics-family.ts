/** One metric with all its label sets, never more than a bounded number of them. */
import { outOfRange, unexpected } from '@interpose/kernel/options';
import type { Counter, Gauge, Histogram, HistogramSpec, MetricSpec } from './meter.ts';

/** What kind of metric it is. */
export type MetricKind = 'counter' | 'gauge' | 'histogram';

/** What the labels of all further label sets are set to, once there are as many as there may be. */
export const OTHER = '_other';
/** A label longer than this is cut off. */
const LONGEST_LABEL = 128;

/** The buckets of Prometheus's own clients, in seconds. */
const BUCKETS: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** The figure of one label set. */
export class Figure implements Counter, Gauge, Histogram {
  readonly labels: readonly string[];
  readonly #family: Family;
  /** The sum, for a histogram. */
  value = 0;
  count = 0;
  /** How many fell into each bucket alone, the last one without a bound. */
  readonly perBucket: number[];

  constructor(labels: readonly string[], family: Family) {
    this.labels = labels;
    this.#family = family;
    this.perBucket = family.kind === 'histogram' ? [...family.buckets.map(() => 0), 0] : [];
  }

  add(by = 1): void {
    if (typeof by !== 'number' || Number.isNaN(by)) throw unexpected('by', 'a number', by);
    if (by < 0 && this.#family.kind === 'counter') throw outOfRange('by', '0 or more', by);
    this.value += by;
  }

  set(value: number): void {
    if (typeof value !== 'number') throw unexpected('value', 'a number', value);
    this.value = value;
  }

  record(value: number): void {
    if (typeof value !== 'number' || Number.isNaN(value)) {
      throw unexpected('value', 'a number', value);
    }
    const bucket = this.#family.buckets.findIndex((bound) => value <= bound);
    const { perBucket } = this;
    const at = bucket < 0 ? perBucket.length - 1 : bucket;
    perBucket[at] = (perBucket[at] as number) + 1;
    this.count++;
    this.value += value;
  }
}

/** All figures of one metric. */
export class Family {
  readonly kind: MetricKind;
  readonly spec: MetricSpec;
  readonly labels: readonly string[];
  readonly buckets: readonly number[];
  readonly #maxSeries: number;
  readonly #figures = new Map<string, Figure>();

  constructor(kind: MetricKind, spec: HistogramSpec, maxSeries: number) {
    this.kind = kind;
    this.spec = spec;
    this.labels = spec.labels ?? [];
    this.buckets = kind === 'histogram' ? checkBuckets(spec.buckets ?? BUCKETS) : [];
    this.#maxSeries = maxSeries;
    checkNamesOf(spec, kind);
    // What has no labels is there from the start, and is zero.
    if (this.labels.length === 0) this.of();
  }

  of(...values: readonly string[]): Figure {
    const { labels } = this;
    if (values.length !== labels.length) {
      throw new TypeError(
        `Expected ${labels.length} labels for "${this.spec.name}" (${labels.join(', ') || 'none'}), got ${values.length}.`,
      );
    }
    const cut = values.map((value) => value.slice(0, LONGEST_LABEL));
    return (
      this.#figures.get(keyOf(cut)) ??
      this.#make(this.#figures.size < this.#maxSeries ? cut : labels.map(() => OTHER))
    );
  }

  figures(): Iterable<Figure> {
    return this.#figures.values();
  }

  #make(labels: readonly string[]): Figure {
    const key = keyOf(labels);
    let figure = this.#figures.get(key);
    if (!figure) this.#figures.set(key, (figure = new Figure(labels, this)));
    return figure;
  }
}

const keyOf = (labels: readonly string[]): string =>
  labels.length === 1 ? (labels[0] as string) : JSON.stringify(labels);

function checkNamesOf({ name, help, labels = [] }: MetricSpec, kind: MetricKind): void {
  if (typeof name !== 'string' || !/^[a-zA-Z_:][\w:]*$/.test(name)) {
    throw unexpected('name', 'the name of a metric', name);
  }
  if (typeof help !== 'string') throw unexpected('help', 'a text', help);
  for (const label of labels) {
    const reserved = kind === 'histogram' && label === 'le';
    if (reserved || typeof label !== 'string' || !/^(?!__)[a-zA-Z_]\w*$/.test(label)) {
      throw unexpected('labels', 'names of labels', label);
    }
  }
  if (new Set(labels).size < labels.length) {
    throw unexpected('labels', 'names that differ', labels.join(', '));
  }
}

function checkBuckets(buckets: readonly number[]): readonly number[] {
  const rise = (bound: number, index: number): boolean =>
    Number.isFinite(bound) && (index === 0 || bound > (buckets[index - 1] as number));
  if (!Array.isArray(buckets) || buckets.length === 0 || !buckets.every(rise)) {
    throw unexpected('buckets', 'numbers that rise', buckets);
  }
  return [...buckets];
}
