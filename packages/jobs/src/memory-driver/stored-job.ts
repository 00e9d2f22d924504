/** StoredJob: a job as the memory driver keeps it; what it carries is kept as JSON, so that nobody shares it. */
import type { JobEnd, NewJob } from '../driver.ts';
import type { Job, JobOptions, JobState } from '../job.ts';
import type { Link } from './chain.ts';
import type { Ranked } from './ranked-heap.ts';

/** A job with its place among the others. */
export class StoredJob implements Link<StoredJob>, Ranked {
  readonly id: string;
  readonly queue: string;
  readonly name: string;
  readonly options: JobOptions;
  readonly addedAtMs: number;
  readonly #data: string;
  state: JobState = 'waiting';
  attemptsMade = 0;
  /** As JSON. */
  progress = '0';
  /** As JSON. */
  result: string | undefined;
  failedReason: string | undefined;
  startedAtMs: number | undefined;
  endedAtMs: number | undefined;
  logs: string[] = [];
  /** Whether somebody had it and did not settle it; how often because of a death. */
  left = false;
  deaths = 0;
  /** The right to run it, for as long as somebody has it. */
  lease: { lose(): void } | undefined;
  /** The scheduler that has added it. */
  scheduler: string | undefined;
  before: StoredJob | undefined;
  after: StoredJob | undefined;
  /** When it is due: to wait, or to be given up for dead. */
  rank = 0;
  order = 0;
  place = -1;

  /** @throws TypeError for data that JSON cannot carry */
  constructor(
    { id, queue, addedAtMs }: Pick<Job, 'id' | 'queue' | 'addedAtMs'>,
    { name, data, options = {} }: NewJob,
  ) {
    this.id = id;
    this.queue = queue;
    this.addedAtMs = addedAtMs;
    this.name = name;
    this.#data = JSON.stringify(data ?? null);
    this.options = JSON.parse(JSON.stringify(options)) as JobOptions;
  }

  /** What is known of it now, as a copy. */
  snapshot(): Job {
    const { id, queue, name, options, state, attemptsMade, addedAtMs } = this;
    const { result, failedReason, startedAtMs, endedAtMs } = this;
    return {
      id,
      queue,
      name,
      data: JSON.parse(this.#data) as unknown,
      options: { ...options },
      state,
      attemptsMade,
      progress: JSON.parse(this.progress) as number | object,
      addedAtMs,
      ...(result === undefined ? undefined : { result: JSON.parse(result) as unknown }),
      ...(failedReason === undefined ? undefined : { failedReason }),
      ...(startedAtMs === undefined ? undefined : { startedAtMs }),
      ...(endedAtMs === undefined ? undefined : { endedAtMs }),
    };
  }

  /** How it has ended, once it has. */
  get end(): JobEnd | undefined {
    if (this.state === 'failed') return { kind: 'failed', failedReason: this.failedReason ?? '' };
    if (this.state !== 'completed') return undefined;
    const { result } = this;
    return { kind: 'completed', result: result === undefined ? undefined : JSON.parse(result) };
  }
}
