/** RequestCounts: what is counted of the requests of one route, or of all. */
import type { Outcome } from '../context.ts';
import { Histogram } from './histogram.ts';

/** The classes of statuses, as they are called in figures. */
export const STATUS_CLASSES = ['1xx', '2xx', '3xx', '4xx', '5xx'] as const;

/** Upgraded connections last as long as their clients like, which says nothing of how fast anything is. */
const SWITCHING_PROTOCOLS = 101;

/** Counts in plain numbers, which only grow. */
export class RequestCounts {
  requests = 0;
  /** Those that failed on our side: a status of 500 and more, or an answer that was cut short. */
  errors = 0;
  /** Bytes of bodies that were sent. */
  bytes = 0;
  /** By the classes of statuses. */
  readonly statuses: Float64Array = new Float64Array(STATUS_CLASSES.length);
  readonly durationsMs: Histogram = new Histogram();

  add({ status, bytes, durationMs, error }: Outcome): void {
    this.requests++;
    this.bytes += bytes;
    if (status >= 500 || error !== undefined) this.errors++;
    const at = ((status / 100) | 0) - 1;
    // A status beyond those that there are would make a figure of its own that nobody looks for.
    (this.statuses[at < 0 || at > 4 ? 4 : at] as number)++;
    if (status !== SWITCHING_PROTOCOLS) this.durationsMs.observe(durationMs);
  }
}
