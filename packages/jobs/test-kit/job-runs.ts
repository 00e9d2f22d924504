/** Runs of jobs without a queue, for tests of middleware: with what a worker would make of them, and a look at the context. */
import type { Awaitable } from '@interpose/kernel';
import { type FakeClock, fakeClock } from '@interpose/testing';
import type { Delivery } from '../src/driver.ts';
import { LeaseLostError } from '../src/errors.ts';
import type { Job } from '../src/job.ts';
import type { JobContext, RunEnd } from '../src/job-context.ts';
import { EndListeners } from '../src/worker/end-listeners.ts';
import { runDelivery } from '../src/worker/job-run.ts';
import { runContext } from '../src/worker/run-context.ts';

/** What may be said of a run. */
export interface RunParts {
  readonly job?: Partial<Job>;
  readonly attempt?: number;
  readonly maxAttempts?: number;
  readonly redelivered?: boolean;
  readonly exhausted?: boolean;
  readonly signal?: AbortSignal;
  readonly clock?: FakeClock;
  readonly renew?: () => Promise<void>;
}

/** A run as a test sees it. */
export interface TestRun {
  readonly delivery: Delivery;
  readonly clock: FakeClock;
  /** A context for middleware that is called without a worker. */
  // oxlint-disable-next-line typescript/no-explicit-any -- of jobs that carry whatever the test says
  readonly ctx: JobContext<any>;
  /** What the listeners of the end have thrown. */
  readonly reports: unknown[];
  /** How often the lease was renewed. */
  renewals: number;
}

/** A job in the hands of a worker. */
export function testRun(parts: RunParts = {}): TestRun {
  const { clock = fakeClock(), attempt = 1, maxAttempts = 1 } = parts;
  const delivery: Delivery = {
    job: {
      id: 'j-1',
      queue: 'mail',
      name: 'send',
      data: { to: 'ada' },
      state: 'active',
      attemptsMade: attempt - 1,
      progress: 0,
      addedAtMs: clock.wall(),
      ...parts.job,
      options: { attempts: maxAttempts, ...parts.job?.options },
    },
    redelivered: parts.redelivered ?? false,
    exhausted: parts.exhausted ?? false,
    signal: parts.signal ?? new AbortController().signal,
    async progress() {},
    async log() {},
    async renew() {
      run.renewals++;
      await parts.renew?.();
    },
  };
  const ctx = runContext<unknown>(delivery, clock, new EndListeners());
  const run: TestRun = { delivery, clock, ctx, reports: [], renewals: 0 };
  return run;
}

/** Runs a pipeline as a worker does; gives the end that listeners were told. */
export async function toEnd(
  { delivery, clock, reports }: TestRun,
  serve: (ctx: JobContext) => Awaitable<unknown>,
): Promise<RunEnd> {
  const report = (error: unknown): void => void reports.push(error);
  const { end } = await runDelivery(serve, delivery, { clock, onEndMs: 60_000, report });
  return end;
}

/** A renewal that finds the lease lost. */
export async function leaseLost(): Promise<void> {
  throw new LeaseLostError('j-1');
}
