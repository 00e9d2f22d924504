/** JobsOrder: what a process that runs jobs for the benchmark is told, and what it answers. */

/** Who runs the jobs. */
export type SubjectName =
  | 'bare BullMQ'
  | 'interpose, no middleware'
  | 'interpose, full stack'
  | 'interpose, no middleware, memory'
  | 'interpose, full stack, memory';

/** What a process is told. */
export interface JobsOrder {
  readonly subject: SubjectName;
  /** The port of Redis. */
  readonly port: number;
  /** Queues that are full already: one to warm up with, and the one that is measured. */
  readonly queues: readonly { readonly name: string; readonly jobs: number }[];
  readonly concurrency: number;
}

/** What a process has found in the last queue. */
export interface JobsFound {
  readonly ms: number;
  /** Processor time of the process: all its threads, without that of Redis. */
  readonly cpuMs: number;
  /** The sum of what the jobs carried, as a proof that all were run. */
  readonly sum: number;
}

/** What each job carries. */
export interface Mail {
  readonly to: string;
  readonly n: number;
}

/** The job of this number. */
export const mailOf = (n: number): Mail => ({ to: `user-${n}@example.com`, n });
