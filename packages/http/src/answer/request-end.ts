/** RequestEnd: tells those who work on a request when it is over, and whether its client had left by then. */
import { unharmed } from '@interpose/kernel/unharmed';
import { ClientLeftError } from '@interpose/wire';

/** The end of one request. */
export class RequestEnd {
  #clientLeft = false;
  #isSettled = false;
  #abort: AbortController | undefined;
  #onLeft: (() => void)[] = [];
  #onSettled: (() => void)[] = [];

  get clientLeft(): boolean {
    return this.#clientLeft;
  }

  /** True once nothing more will be sent. */
  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** True if somebody waits to be told. */
  get isWatched(): boolean {
    return this.#onLeft.length > 0 || this.#onSettled.length > 0;
  }

  get signal(): AbortSignal {
    if (!this.#abort) {
      const abort = (this.#abort = new AbortController());
      this.onClientLeft(() => abort.abort(new ClientLeftError()));
    }
    return this.#abort.signal;
  }

  onClientLeft(listener: () => void): void {
    if (this.#clientLeft) listener();
    else this.#onLeft.push(listener);
  }

  onSettled(listener: () => void): void {
    if (this.#isSettled) listener();
    else this.#onSettled.push(listener);
  }

  /** Nothing more will be sent. */
  ended(): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    for (const listener of this.#onSettled.splice(0)) unharmed(listener);
  }

  /** The client has left. What comes after the end of the answer is no leaving. */
  left(): void {
    if (this.#isSettled) return;
    this.#clientLeft = true;
    this.ended();
    for (const listener of this.#onLeft.splice(0)) unharmed(listener);
  }
}
