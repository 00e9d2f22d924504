/** HeldRun: a run that holds a slot until it has really ended. */
import type { Receiver } from '../stage.ts';

/** Where the slot belongs. */
export interface SlotHolder {
  release(): void;
  /** Calls `free` at the end of a stream; of anything else, at once. Gives back what is to be handed on. */
  untilEnd(value: unknown, free: () => void): unknown;
}

/** One run in a slot. Nobody further out can make it give up its slot before the rest has settled, nor anybody further in who has given up on it. */
export class HeldRun implements Receiver {
  readonly #outer: Receiver;
  readonly #slots: SlotHolder;
  #over = false;
  /** How many need the slot: the run itself, and whatever of it goes on. */
  #holders = 1;

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
    if (typeof value === 'object' && value !== null) {
      this.#outer.succeed(this.#slots.untilEnd(value, () => this.#free()));
    } else {
      this.#free();
      this.#outer.succeed(value);
    }
  }

  fail(error: unknown): void {
    if (this.#over) return;
    this.#over = true;
    this.#free();
    this.#outer.fail(error);
  }

  linger(): () => void {
    const further = this.#outer.linger();
    this.#holders++;
    return () => {
      this.#free();
      further();
    };
  }

  #free(): void {
    if (--this.#holders === 0) this.#slots.release();
  }
}
