/** RequestTrace: what each plugin did about one request, and how long it took. */
import type { Clock } from '@interpose/kernel';
import type { Phase } from '../phases.ts';

/** What came of a handler: it let the request pass, answered it, refused it, failed, or was not reached. */
export type Verdict = 'passed' | 'answered' | 'refused' | 'failed' | 'not run';

/** One handler, and what it did. */
export interface TracedStep {
  readonly plugin: string;
  readonly phase: Phase;
  readonly priority: number;
  verdict: Verdict;
  /** How long it took, all its calls together. */
  ms: number;
  /** How often it was called: a body filter is for every chunk. */
  calls: number;
  /** Why it refused or failed. */
  reason?: string;
}

/** A handler that a plan has. */
export type PlannedStep = Pick<TracedStep, 'plugin' | 'phase' | 'priority'>;

/** Takes down what happens to one request. */
export class RequestTrace {
  readonly clock: Clock;
  readonly steps: TracedStep[] = [];
  /** How long the content took, with all that stands around it; each time that it ran. */
  contentMs = 0;
  contentRuns = 0;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Takes down one call of a handler. */
  add(step: PlannedStep, verdict: Verdict, { ms, reason }: Took): void {
    const { plugin, phase, priority } = step;
    const known = this.steps.findLast((one) => one.plugin === plugin && one.phase === phase);
    if (known && known.priority === priority && phase === 'bodyFilter') {
      known.ms += ms;
      known.calls++;
      known.verdict = verdict;
      if (reason !== undefined) known.reason = reason;
      return;
    }
    const added: TracedStep = { plugin, phase, priority, verdict, ms, calls: 1 };
    if (reason !== undefined) added.reason = reason;
    this.steps.push(added);
  }
}

/** How long a call took, and what was said. */
export interface Took {
  readonly ms: number;
  readonly reason?: string | undefined;
}
