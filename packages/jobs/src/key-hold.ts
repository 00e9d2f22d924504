/** KeyHold: a key that is held while something runs, and lets go by itself if the process dies. */
import type { CancelTimer, Clock } from '@interpose/kernel';
import type { KeyStore } from './key-store.ts';

/** How keys are held. */
export interface HoldOptions {
  readonly store: KeyStore;
  /** For how long a key is held that nobody renews. */
  readonly leaseMs: number;
  readonly clock: Clock;
  /** Is given what goes wrong in renewing and letting go. */
  readonly onFailure: (error: unknown) => void;
}

/** What is written under a key that is held: whose it is. */
export interface Held {
  readonly holder: string;
}

/** One key, held until it is released. */
export class KeyHold {
  readonly key: string;
  readonly #options: HoldOptions;
  readonly #value: Held;
  #cancel: CancelTimer | undefined;
  #isReleased = false;

  private constructor(key: string, options: HoldOptions) {
    this.key = key;
    this.#options = options;
    this.#value = { holder: crypto.randomUUID() };
  }

  /** Takes the key, if nobody has it. */
  static async take(key: string, options: HoldOptions): Promise<KeyHold | undefined> {
    const hold = new KeyHold(key, options);
    if (!(await options.store.add(key, hold.#value, options.leaseMs))) return undefined;
    hold.#renewLater();
    return hold;
  }

  /** True while nobody else has taken the key, which may happen once a process was not able to renew it in time. */
  async isMine(): Promise<boolean> {
    const held = (await this.#options.store.get(this.key)) as Partial<Held> | undefined;
    return held?.holder === this.#value.holder;
  }

  /** Leaves a value under the key in the place of itself. What goes wrong is reported. */
  async replace(value: unknown, ttlMs: number): Promise<void> {
    this.#stop();
    try {
      if (await this.isMine()) await this.#options.store.set(this.key, value, ttlMs);
    } catch (error) {
      this.#options.onFailure(error);
    }
  }

  /** Lets go. What goes wrong is reported: then the key is free when its time is up. */
  async release(): Promise<void> {
    this.#stop();
    try {
      if (await this.isMine()) await this.#options.store.delete(this.key);
    } catch (error) {
      this.#options.onFailure(error);
    }
  }

  #stop(): void {
    this.#isReleased = true;
    this.#cancel?.();
  }

  #renewLater(): void {
    const { clock, leaseMs } = this.#options;
    this.#cancel = clock.setTimer(() => void this.#renew(), leaseMs / 3, { keepAlive: false });
  }

  async #renew(): Promise<void> {
    const { store, leaseMs, onFailure } = this.#options;
    try {
      if (this.#isReleased || !(await this.isMine()) || this.#isReleased) return;
      await store.set(this.key, this.#value, leaseMs);
    } catch (error) {
      onFailure(error);
    }
    if (!this.#isReleased) this.#renewLater();
  }
}
