/** JobRecords: what is known of jobs, in the words of those who ask for them, and where it is kept. */
import type { Awaitable } from '@interpose/kernel';
import { unexpected } from '@interpose/kernel/options';
import type { ErrorFacts } from '@interpose/resilience/boundary';

/** How far a job is. One that waits for its next attempt, or was put off, is queued again. */
export type JobStatus = 'queued' | 'running' | 'succeeded' | 'failed';

/** What is known of one job. */
export interface JobRecord {
  readonly id: string;
  readonly queue: string;
  readonly name: string;
  readonly status: JobStatus;
  /** When it was added, in milliseconds since 1970. */
  readonly queuedAtMs: number;
  /** When its last run began. */
  readonly startedAtMs?: number;
  /** When it ended for good. */
  readonly endedAtMs?: number;
  /** How often it was run, by the queue and by a retry together; a run that was put off is none. */
  readonly attempts: number;
  /** What the handler said last of how far it is. */
  readonly progress: number | object;
  /** What it came to, once it has succeeded. */
  readonly result?: unknown;
  /** How it failed last, without secrets. */
  readonly error?: ErrorFacts;
}

/** Which records are asked for; all that is said must be so. */
export interface JobRecordQuery {
  readonly id?: string;
  readonly queue?: string;
  readonly name?: string;
  readonly status?: JobStatus;
  /** @default 0 */
  readonly offset?: number;
  /** @default 100 */
  readonly limit?: number;
}

/** Where records are kept. */
export interface JobRecords {
  /** Writes a record if there is none of this queue and id: a job may run before whoever added it has written down that it waits. */
  open(record: JobRecord): Awaitable<void>;
  /** Writes a record in the place of the one of this queue and id. */
  write(record: JobRecord): Awaitable<void>;
  get(queue: string, id: string): Awaitable<JobRecord | undefined>;
  /** Those that were queued last come first. */
  list(query?: JobRecordQuery): Awaitable<readonly JobRecord[]>;
}

/**
 * Checks that an option is a place for records.
 *
 * @throws TypeError
 */
export function checkRecords(records: unknown): void {
  const { open, write, get } = (records ?? {}) as Partial<Record<keyof JobRecords, unknown>>;
  if ([open, write, get].some((method) => typeof method !== 'function')) {
    throw unexpected('records', 'a place for records', records);
  }
}
