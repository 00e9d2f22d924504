/** The entry @interpose/jobs/testing: runs a job without a queue. */
export { type JobLike, runJob, type RunJobOptions, type RunReport } from './worker/run-job.ts';
