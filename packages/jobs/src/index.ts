/** The front door of @interpose/jobs. */
export {
  deadLetters,
  type DeadLetters,
  type DeadLettersOptions,
  type LetterPlace,
  type LetterQuery,
} from './dead-letters/dead-letters.ts';
export type { DeadLetter, DeathReason, LetterBox } from './dead-letters/letter-box.ts';
export type { Retention } from './dead-letters/letter-shelf.ts';
export { AsyncQueueProcessor, type AsyncQueueProcessorOptions } from './async-queue-processor.ts';
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
  JobFailedError,
  LeaseLostError,
  NoHandlerError,
  OnEndTimeoutError,
  PostponedError,
  RetryLaterError,
  StalledError,
  UnknownJobError,
  UnrecoverableError,
  WorkerClosedError,
} from './errors.ts';
export type { BackoffOptions, Job, JobOptions, JobState, KeepJobs } from './job.ts';
export type { JobContext, RunEnd } from './job-context.ts';
export { cpuLimit, type JobCpuLimitOptions } from './limits/cpu-limit.ts';
export type { JobFacts } from './limits/child-words.ts';
export {
  ChildEndedError,
  CpuLimitError,
  type HandlerEnd,
  IsolatedModuleError,
  IsolationUnavailableError,
  type LimitReport,
  MemoryLimitError,
  NotIsolatedError,
} from './limits/errors.ts';
export {
  type Isolated,
  isolated,
  type IsolatedContext,
  type IsolatedHandler,
  type IsolatedOptions,
} from './limits/isolated.ts';
export type { JobLimit, JobLimitState } from './limits/job-limit.ts';
export type { LimitEvent, LimitFact } from './limits/limit-events.ts';
export type { JobLimitOptions, LimitMode } from './limits/limit-options.ts';
export { type JobMemoryLimitOptions, memoryLimit } from './limits/memory-limit.ts';
export { memory, type MemoryDriver, type MemoryOptions } from './memory-driver/memory-driver.ts';
export type { EnqueueContext, EnqueueMiddleware } from './queue/enqueue-context.ts';
export type { JobToAdd, Queue } from './queue/job-queue.ts';
export { createQueue, type QueueOptions } from './queue/queue.ts';
export { byName, type JobHandler, type JobHandlers } from './worker/job-handler.ts';
export type { CloseOptions, Worker, WorkerState } from './worker/job-worker.ts';
export { createWorker, type WorkerHandler } from './worker/worker.ts';
export type { WorkerEvents, WorkerListener } from './worker/worker-events.ts';
export type { WorkerOptions } from './worker/worker-options.ts';
export { DuplicateJobError } from './duplicate-job-error.ts';
export type { JobMiddleware } from './job-middleware.ts';
export {
  JOB_STACK,
  jobStack,
  type JobStackMember,
  type JobStackPart,
  type JobStackParts,
} from './job-stack.ts';
export type { KeyStore, KeySwap } from './key-store.ts';
export { type JobFinding, type JobLintRule, lintJobs } from './lint-jobs.ts';
export { alert, type AlertOptions, type JobFailure } from './middleware/alert.ts';
export { concurrency, type ConcurrencyOptions } from './middleware/concurrency.ts';
export { deadLetter, type DeadLetterOptions } from './middleware/dead-letter.ts';
export { heartbeat, type HeartbeatOptions } from './middleware/heartbeat.ts';
export { idempotency, type IdempotencyOptions } from './middleware/idempotency.ts';
export { jobMetrics, type JobMetricsOptions } from './middleware/job-metrics.ts';
export { jobTimeout, type JobTimeoutOptions, type LateEnd } from './middleware/job-timeout.ts';
export { jobTracking, type JobTrackingOptions } from './middleware/job-tracking.ts';
export { rateLimit, type RateLimitOptions } from './middleware/rate-limit.ts';
export { trackQueued, type TrackQueuedOptions } from './middleware/track-queued.ts';
export { unique, type UniqueOptions } from './middleware/unique.ts';
export { uniqueEnqueue, type UniqueEnqueueOptions } from './middleware/unique-enqueue.ts';
export type { JobRecord, JobRecordQuery, JobRecords, JobStatus } from './records/job-records.ts';
export {
  memoryRecords,
  type MemoryRecords,
  type MemoryRecordsOptions,
} from './records/memory-records.ts';
export { JobTimeoutError } from './timeout-error.ts';
