/** EnqueueContext: what a middleware is given when a job is added. */
import type { Middleware } from '@interpose/kernel';
import type { Job, JobOptions } from '../job.ts';

/** One job on its way into a queue. What a middleware passes on with `next` is what is added. */
export interface EnqueueContext<Data = unknown> {
  /** The name of the queue. */
  readonly queue: string;
  /** The name of the job. */
  readonly name: string;
  readonly data: Data;
  /** With the defaults of the queue. */
  readonly options: JobOptions;
  /** The job of this id, if the queue has one: a middleware may answer with it instead of adding another. */
  find(id: string): Promise<Job<Data> | undefined>;
}

/**
 * Acts when a job is added: it may change the job, refuse it with an error, or answer with one that is there. The answer is the job that the
 * caller gets.
 */
export type EnqueueMiddleware<Data = unknown, Out = EnqueueContext<Data>> = Middleware<
  EnqueueContext<Data>,
  Job,
  Out
>;
