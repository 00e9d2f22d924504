/** Finds out whether a client that has ended its side still takes answers: half a connection is no reason to give it up. */
import type { AnswerWriter } from '../message-writer/answer-writer.ts';
import type { Clock } from '../clock.ts';

/** When to look again: first soon, as those nearby answer at once. */
const AGAIN_MS = [2, 40, 400, 4000];

/** Writes a byte now and then; for a client that is gone the connection breaks at the second. */
export class ClientProbe {
  readonly #writer: AnswerWriter;
  readonly #clock: Clock;
  #cancel: (() => void) | undefined;

  constructor(writer: AnswerWriter, clock: Clock) {
    this.#writer = writer;
    this.#clock = clock;
  }

  start(): void {
    this.#probe(0);
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #probe(step: number): void {
    const afterMs = AGAIN_MS[step];
    this.#cancel = undefined;
    if (!this.#writer.probe() || afterMs === undefined) return;
    this.#cancel = this.#clock.setTimer(() => this.#probe(step + 1), afterMs, { keepAlive: false });
  }
}
