/** StoreAnswer: an answer of a limit store that is waited for, but not for long. */
import { continuation } from '../continuation.ts';
import type { Deadlines, Waiting } from '../deadlines.ts';
import type { LimitDecision } from './limit-store.ts';

/** What an answer needs. */
export interface StoreAnswerParts {
  readonly promise: PromiseLike<LimitDecision>;
  readonly deadlines: Deadlines;
  /** When it is too late, by the clock's `now()`. */
  readonly dueMs: number;
  /** Is told once what the store says, or why it says nothing: in the async context in which the wait began. */
  told(decision: LimitDecision): void;
  failed(error: unknown, hung: boolean): void;
  /** What was taken when nobody wanted it any more. */
  giveBack(): void;
}

/** Waits for one answer. */
export class StoreAnswer implements Waiting {
  readonly dueMs: number;
  earlier: Waiting | undefined;
  later: Waiting | undefined;
  #over = false;
  #wanted = true;
  readonly #parts: StoreAnswerParts;
  readonly #giveUp: () => void;

  constructor(parts: StoreAnswerParts) {
    this.#parts = parts;
    this.dueMs = parts.dueMs;
    this.#giveUp = continuation(() => this.#hang());
    parts.deadlines.add(this);
    Promise.resolve(parts.promise).then(
      (decision) => this.#arrive(decision),
      (error: unknown) => this.#fail(error, false),
    );
  }

  /** Nobody wants it any more: what it takes is given back when it comes. */
  abandon(): void {
    this.#wanted = false;
    if (this.#over) return;
    this.#close();
  }

  expire(): void {
    this.#over = true;
    this.#giveUp();
  }

  #hang(): void {
    if (!this.#wanted) return;
    this.#parts.failed(new Error('The limit store did not answer in time.'), true);
  }

  #arrive(decision: LimitDecision): void {
    if (typeof decision?.allowed !== 'boolean') {
      return this.#fail(
        new TypeError('The limit store gave an answer that is no decision.'),
        false,
      );
    }
    if (this.#over) {
      if (!this.#wanted && decision.allowed) this.#parts.giveBack();
      return;
    }
    this.#close();
    this.#parts.told(decision);
  }

  #fail(error: unknown, hung: boolean): void {
    if (this.#over) return;
    this.#close();
    this.#parts.failed(error, hung);
  }

  #close(): void {
    this.#over = true;
    this.#parts.deadlines.remove(this);
  }
}
