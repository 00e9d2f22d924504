/** recordBefore: what was written down of a job before this run. */
import { isThenable } from '@interpose/kernel';
import { settledWithin } from '../bounded-wait.ts';
import type { JobContext } from '../job-context.ts';
import type { JobRecord, JobRecords } from './job-records.ts';

/** How records are read. */
export interface Reading {
  readonly records: JobRecords;
  readonly maxWaitMs: number;
  /** Is given what goes wrong. */
  readonly report: (error: unknown) => void;
}

type Found = JobRecord | undefined;

/** What was written down before this run; nothing if the records do not say so in time. */
export function recordBefore(
  { records, report, maxWaitMs }: Reading,
  { job, clock }: JobContext,
): Found | Promise<Found> {
  let found: Found;
  try {
    const said = records.get(job.queue, job.id);
    if (!isThenable(said)) return said;
    const read = Promise.resolve(said).then((record) => void (found = record));
    return settledWithin(read, maxWaitMs, clock).then(
      () => found,
      (error: unknown) => void report(error),
    );
  } catch (error) {
    report(error);
    return undefined;
  }
}
