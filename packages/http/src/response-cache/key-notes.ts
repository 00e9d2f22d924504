/** KeyNotes: what is remembered of a key besides what is stored for it, for as many keys as a bounded memory holds. */
import type { Clock } from '@interpose/kernel';

interface Note {
  /** The names by which its answers vary. */
  varies: readonly string[];
  /** Until when its answers are taken for such that nobody else may be given. */
  unsharedUntil: number;
}

/** More than this is not remembered, as anybody can ask for anything; the key that was told of longest ago goes first. */
const MOST_CHARACTERS = 1024 * 1024;
/** What a key takes besides its own characters. */
const OVERHEAD = 100;
const NO_NAMES: readonly string[] = [];

/** What is remembered of keys. */
export class KeyNotes {
  readonly #clock: Clock;
  readonly #unsharedMs: number;
  readonly #notes = new Map<string, Note>();
  #characters = 0;

  constructor(clock: Clock, unsharedMs: number) {
    this.#clock = clock;
    this.#unsharedMs = unsharedMs;
  }

  /** By which names answers for the key were last told to vary. */
  variesOf(key: string): readonly string[] {
    return this.#notes.get(key)?.varies ?? NO_NAMES;
  }

  /** Whether the last answer for the key was one that could not be given to anybody else. */
  isUnshared(key: string): boolean {
    const note = this.#notes.get(key);
    return note !== undefined && note.unsharedUntil > this.#clock.now();
  }

  /** An answer has come that others may be given. */
  shared(key: string, varies: readonly string[]): void {
    if (varies.length) this.#put(key, { varies, unsharedUntil: 0 });
    else this.#drop(key);
  }

  /** An answer has come that nobody else may be given. */
  unshared(key: string): void {
    const unsharedUntil = this.#clock.now() + this.#unsharedMs;
    this.#put(key, { varies: this.variesOf(key), unsharedUntil });
  }

  /** How many keys are remembered. */
  get size(): number {
    return this.#notes.size;
  }

  #put(key: string, note: Note): void {
    this.#drop(key);
    this.#notes.set(key, note);
    this.#characters += key.length + OVERHEAD;
    for (const oldest of this.#notes.keys()) {
      if (this.#characters <= MOST_CHARACTERS) break;
      this.#drop(oldest);
    }
  }

  #drop(key: string): void {
    if (this.#notes.delete(key)) this.#characters -= key.length + OVERHEAD;
  }
}
