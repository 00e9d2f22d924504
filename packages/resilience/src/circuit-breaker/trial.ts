/** Trial: the calls that a half-open circuit lets through to find out whether the callee is well again. */
import type { Verdict } from '../outcome.ts';
import type { CircuitSettings } from './breaker-options.ts';

/** How many calls are on trial, how many have passed, and until when they may take. */
export class Trial {
  #running = 0;
  #passed = 0;
  /** Counts while anybody is on trial. */
  decideByMs = 0;

  get running(): number {
    return this.#running;
  }

  begin(): void {
    this.#running = 0;
    this.#passed = 0;
  }

  hasPermit({ halfOpen }: CircuitSettings): boolean {
    return this.#running < halfOpen.permits;
  }

  /** Takes a permit. Where nobody had one, the time to decide begins anew: without a call on trial there is nothing to wait for. */
  admit(nowMs: number, { maxHalfOpenMs }: CircuitSettings): void {
    if (this.#running++ === 0) this.decideByMs = nowMs + maxHalfOpenMs;
  }

  /** Gives a permit back, and says what is decided by how its call has ended. */
  settle(verdict: Verdict, { halfOpen }: CircuitSettings): 'passed' | 'failed' | undefined {
    this.#running--;
    if (verdict === 'failure') return 'failed';
    if (verdict === 'ignored') return undefined;
    return ++this.#passed >= halfOpen.successes ? 'passed' : undefined;
  }

  isOverdue(nowMs: number): boolean {
    return this.#running > 0 && nowMs >= this.decideByMs;
  }
}
