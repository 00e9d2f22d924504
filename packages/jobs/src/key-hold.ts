/** KeyHold: a key that is held while something runs, and lets go by itself if the process dies. */
import type { CancelTimer, Clock } from '@interpose/kernel';
import { deleteKeyIf, type KeyStore, swapKey } from './key-store.ts';

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
    const isTaken =
      (await options.store.add(key, hold.#value, options.leaseMs)) ||
      // A client that has lost its connection asks again, and finds what it has done itself.
      (await hold.#isMine());
    if (!isTaken) return undefined;
    hold.#renewLater();
    return hold;
  }

  /** Leaves a value under the key in the place of itself, unless another has it by now. What goes wrong is reported. */
  async replace(value: unknown, ttlMs: number): Promise<void> {
    this.#stop();
    const { store, onFailure } = this.#options;
    try {
      await swapKey(store, this.key, { from: this.#value, to: value, ttlMs });
    } catch (error) {
      onFailure(error);
    }
  }

  /** Lets go, unless another has it by now. What goes wrong is reported: then the key is free when its time is up. */
  async release(): Promise<void> {
    this.#stop();
    const { store, onFailure } = this.#options;
    try {
      await deleteKeyIf(store, this.key, this.#value);
    } catch (error) {
      onFailure(error);
    }
  }

  async #isMine(): Promise<boolean> {
    const held = (await this.#options.store.get(this.key)) as Partial<Held> | null | undefined;
    return held?.holder === this.#value.holder;
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
      const own = this.#value;
      const isMine = await swapKey(store, this.key, { from: own, to: own, ttlMs: leaseMs });
      // Whoever has lost a key does not take it back.
      if (!isMine) return;
    } catch (error) {
      onFailure(error);
    }
    if (!this.#isReleased) this.#renewLater();
  }
}
