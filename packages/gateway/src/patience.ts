/** Patience: waits for promises until it is lost, and then for none any more. */

/** No race with a promise that stays: each race would leave something with it for as long as it lives. */
export class Patience {
  readonly #waiting = new Set<() => void>();
  #isLost = false;

  /** How many promises are waited for. */
  get size(): number {
    return this.#waiting.size;
  }

  /** Comes when the promise does, or when patience is lost. @throws what the promise does */
  wait(promise: Promise<unknown>): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#isLost) return resolve();
      const over = (): void => {
        this.#waiting.delete(over);
        resolve();
      };
      this.#waiting.add(over);
      promise.then(over, (error: unknown) => {
        this.#waiting.delete(over);
        reject(error);
      });
    });
  }

  /** Nothing is waited for any more. */
  lose(): void {
    this.#isLost = true;
    for (const over of this.#waiting) over();
  }
}
