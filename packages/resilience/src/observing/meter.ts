/** Meter: the port through which figures are counted. */

/** A figure that only grows. */
export interface Counter {
  /** @default by 1 */
  add(by?: number): void;
}

/** A figure that goes up and down. */
export interface Gauge {
  add(by: number): void;
  set(value: number): void;
}

/** Figures of which the distribution matters. */
export interface Histogram {
  record(value: number): void;
}

/** What is counted. */
export interface MetricSpec {
  readonly name: string;
  /** One sentence on what it means. */
  readonly help: string;
  /** The names of its labels, in the order in which their values are given. @default none */
  readonly labels?: readonly string[];
}

/** What is counted in a histogram. */
export interface HistogramSpec extends MetricSpec {
  /** The upper bounds of the buckets, from small to great. @default those of Prometheus, from 5 ms to 10 s */
  readonly buckets?: readonly number[];
}

/** One metric, with a figure for each set of labels. */
export interface Series<T> {
  /** The figure for these values of the labels. */
  of(...labels: readonly string[]): T;
}

/** Gives metrics. To ask for the same one again gives the same one. */
export interface Meter {
  counter(spec: MetricSpec): Series<Counter>;
  gauge(spec: MetricSpec): Series<Gauge>;
  histogram(spec: HistogramSpec): Series<Histogram>;
  /** Calls `read` each time before figures are read, so that they are those of now; gives back how to stop. */
  onRead?(read: () => void): () => void;
}
