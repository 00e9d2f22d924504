/** Shed threshold: which calls go when a share of all must go, the least important first. */

/** Priorities go from 0 to below this. */
export const PRIORITIES = 500;

/** Older calls count half as much with each interval that goes by. */
const FADE = 0.5;

/** Which calls to refuse. It learns from the calls of the last intervals how many of each priority come. */
export class ShedThreshold {
  readonly #seen: Float64Array = new Float64Array(PRIORITIES);
  #level = 0;
  /** Of those at the level, this share goes. */
  #share = 0;
  #owed = 0;

  /** All calls of a lower priority go. */
  get level(): number {
    return this.#level;
  }

  /** A call of that priority has come; tells whether it goes. */
  refuses(priority: number): boolean {
    this.#seen[priority] = (this.#seen[priority] ?? 0) + 1;
    if (priority !== this.#level) return priority < this.#level;
    // Spread evenly, which needs no chance.
    this.#owed += this.#share;
    if (this.#owed < 1) return false;
    this.#owed--;
    return true;
  }

  /** An interval is over; from now on this share of all calls goes, as far as they come as they have come. */
  set(ratio: number): void {
    const total = this.#seen.reduce((sum, count) => sum + count, 0);
    let left = ratio * total;
    this.#level = 0;
    this.#share = 0;
    for (const [level, count] of this.#seen.entries()) {
      this.#seen[level] = count * FADE;
      if (count === 0 || left <= 0) continue;
      this.#level = level;
      this.#share = Math.min(1, left / count);
      left -= count;
    }
  }

  /** Forgets all calls. */
  clear(): void {
    this.#seen.fill(0);
    this.#level = this.#share = this.#owed = 0;
  }
}
