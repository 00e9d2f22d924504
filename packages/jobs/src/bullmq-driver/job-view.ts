/** viewOf: a job of BullMQ as one of ours. */
import { type Job as BullJob, type JobsOptions, type JobType, PRIORITY_LIMIT } from 'bullmq';
import type { Job, JobOptions, JobState } from '../job.ts';
import { givenId } from './job-ids.ts';

/** A job of BullMQ as one of ours; a copy, but for what it carries. */
export function viewOf(queue: string, native: BullJob, state: JobState): Job {
  const { id = '', name, data, timestamp, processedOn, finishedOn, failedReason } = native;
  const isCompleted = state === 'completed';
  return {
    id: givenId(id),
    queue,
    name,
    data: data as unknown,
    options: optionsOf(native),
    state,
    // BullMQ counts the attempt that has succeeded, too.
    attemptsMade: native.attemptsMade - (isCompleted ? 1 : 0),
    progress: native.progress as number | object,
    ...(isCompleted && { result: native.returnvalue as unknown }),
    ...(failedReason && { failedReason }),
    addedAtMs: timestamp,
    ...(processedOn && { startedAtMs: processedOn }),
    ...(finishedOn && { endedAtMs: finishedOn }),
  };
}

/** What was said when it was added, without what BullMQ adds to it. */
function optionsOf({ id = '', opts }: BullJob): JobOptions {
  const { attempts, backoff, delay, priority, lifo, removeOnComplete, removeOnFail } = opts;
  const said: { -readonly [Name in keyof JobOptions]: unknown } = {};
  if (opts.jobId !== undefined) said.jobId = givenId(id);
  if (attempts) said.attempts = attempts;
  if (backoff !== undefined) said.backoff = backoff;
  if (delay) said.delay = delay;
  if (priority) said.priority = priority;
  if (lifo !== undefined) said.lifo = lifo;
  if (removeOnComplete !== undefined) said.removeOnComplete = removeOnComplete;
  if (removeOnFail !== undefined) said.removeOnFail = removeOnFail;
  return said as JobOptions;
}

/** The states of BullMQ that are one state of ours, in the order in which jobs are handed out. */
export const NATIVE_STATES: Readonly<Record<JobState, readonly JobType[]>> = {
  waiting: ['wait', 'prioritized', 'waiting-children'],
  delayed: ['delayed'],
  active: ['active'],
  completed: ['completed'],
  failed: ['failed'],
};

/** Our state for one of BullMQ's; `undefined` for a job that is nowhere. */
export function stateOf(native: string): JobState | undefined {
  if (native === 'waiting') return 'waiting';
  const found = Object.entries(NATIVE_STATES).find(([, natives]) =>
    natives.includes(native as JobType),
  );
  return found?.[0] as JobState | undefined;
}

/** Our options in BullMQ's words, which are the same. */
export const nativeOptions = (options: JobOptions, jobId: string): JobsOptions => ({
  ...(options as JobsOptions),
  ...(options.priority !== undefined && { priority: Math.min(options.priority, PRIORITY_LIMIT) }),
  jobId,
});
