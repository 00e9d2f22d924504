/** The front door of @interpose/jobs. */
export type {
  Consumer,
  ConsumeOptions,
  Consumption,
  Delivery,
  DriverQueue,
  JobEnd,
  NewJob,
  QueueDriver,
  Repeat,
  Settlement,
} from './driver.ts';
export {
  LeaseLostError,
  PostponedError,
  RetryLaterError,
  StalledError,
  UnrecoverableError,
} from './errors.ts';
export type { BackoffOptions, Job, JobOptions, JobState, KeepJobs } from './job.ts';
export type { JobContext, RunEnd } from './job-context.ts';
