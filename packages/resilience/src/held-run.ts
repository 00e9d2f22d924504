/** HeldRun: a run that holds a slot until it has really ended. */
import type { Receiver } from './stage.ts';

/** Where the slot belongs. */
export interface SlotHolder {
  release(): void;
  releaseAtEnd(value: unknown): unknown;
}

/** One run in a slot. Nobody further out can make it give up its slot before the rest has settled. */
export class HeldRun implements Receiver {
  readonly #outer: Receiver;
  readonly #slots: SlotHolder;
  #over = false;

  constructor(outer: Receiver, slots: SlotHolder) {
    this.#outer = outer;
    this.#slots = slots;
  }

  get passive(): boolean {
    return this.#outer.passive;
  }

  succeed(value: unknown): void {
    // A thenable of somebody else's making may settle twice, but there is one slot only.
    if (this.#over) return;
    this.#over = true;
    this.#outer.succeed(this.#slots.releaseAtEnd(value));
  }

  fail(error: unknown): void {
    if (this.#over) return;
    this.#over = true;
    this.#slots.release();
    this.#outer.fail(error);
  }
}
