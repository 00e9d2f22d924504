/** Shelf: what is stored, read and changed through a store that may be slow, and may fail. */
import { type Awaitable, isThenable } from '@interpose/kernel';
import type { HeaderList } from '../context/headers.ts';
import type { ResponseCacheStore } from './cache-store.ts';
import { usefulFor } from './freshness.ts';
import { hasValidator, type StoredAnswer } from './stored-answer.ts';
import { isChosen, isSameSelection } from './vary.ts';

/** What is told of a store that fails. */
export type StoreObserver = (error: unknown) => void;

/** What a change is made under. */
export interface PutOptions {
  readonly nowMs: number;
  /** What the new answer stands for, even if it is chosen in another way. */
  readonly instead?: StoredAnswer | undefined;
  /** Asked at the last moment. */
  readonly isAllowed: () => boolean;
}

const NONE: readonly StoredAnswer[] = [];

/** What is stored. */
export class Shelf {
  readonly #store: ResponseCacheStore;
  readonly #maxVariants: number;
  readonly #observe: StoreObserver;

  constructor(store: ResponseCacheStore, maxVariants: number, observe: StoreObserver) {
    this.#store = store;
    this.#maxVariants = maxVariants;
    this.#observe = observe;
  }

  /** All that is stored for a key; nothing if the store fails. */
  read(key: string): Awaitable<readonly StoredAnswer[]> {
    return this.#guarded(() => {
      const found = this.#store.get(key);
      return isThenable(found)
        ? Promise.resolve(found).then((all) => all ?? NONE)
        : (found ?? NONE);
    }, NONE);
  }

  /** Stores an answer; tells whether it has. */
  put(key: string, answer: StoredAnswer, options: PutOptions): Awaitable<boolean> {
    return this.#guarded(() => {
      const found = this.#store.get(key);
      return isThenable(found)
        ? Promise.resolve(found).then((all) => this.#replace(key, all, answer, options))
        : this.#replace(key, found, answer, options);
    }, false);
  }

  /** Takes one answer out. */
  remove(key: string, answer: StoredAnswer, nowMs: number): Awaitable<void> {
    return this.#guarded(() => {
      const found = this.#store.get(key);
      const without = (all: readonly StoredAnswer[] = NONE): Awaitable<void> =>
        this.#write(
          key,
          all.filter((one) => !isSameSelection(one.vary, answer.vary)),
          nowMs,
        );
      return isThenable(found) ? Promise.resolve(found).then(without) : without(found);
    }, undefined);
  }

  /** Takes out all that is stored for a key. */
  drop(key: string): Awaitable<void> {
    return this.#guarded(() => this.#store.delete(key), undefined);
  }

  /** Takes out all that has a tag. */
  dropTagged(tag: string): Awaitable<void> {
    return this.#guarded(() => this.#store.deleteTagged(tag), undefined);
  }

  clear(): Awaitable<void> {
    return this.#guarded(() => this.#store.clear(), undefined);
  }

  #replace(
    key: string,
    all: readonly StoredAnswer[] = NONE,
    answer: StoredAnswer,
    { nowMs, instead, isAllowed }: PutOptions,
  ): Awaitable<boolean> {
    if (!isAllowed()) return false;
    const others = all.filter(
      (one) =>
        !isSameSelection(one.vary, answer.vary) &&
        (instead === undefined || !isSameSelection(one.vary, instead.vary)),
    );
    const written = this.#write(key, [answer, ...others].slice(0, this.#maxVariants), nowMs);
    return isThenable(written) ? Promise.resolve(written).then(() => true) : true;
  }

  #write(key: string, answers: readonly StoredAnswer[], nowMs: number): Awaitable<void> {
    if (answers.length === 0) return this.#store.delete(key);
    const keepMs = answers.map((answer) => usefulFor(answer, nowMs, hasValidator(answer)));
    return this.#store.set(key, answers, Math.max(...keepMs));
  }

  /** A store that fails costs what it should have done, and nothing else. */
  #guarded<T>(work: () => Awaitable<T>, otherwise: T): Awaitable<T> {
    const failed = (error: unknown): T => {
      try {
        this.#observe(error);
      } catch {
        // An observer does not decide.
      }
      return otherwise;
    };
    try {
      const result = work();
      return isThenable(result) ? Promise.resolve(result).catch(failed) : result;
    } catch (error) {
      return failed(error);
    }
  }
}

/** The answer that a request chooses: of several, the one that was made last. */
export function chosenBy(
  headers: HeaderList,
  answers: readonly StoredAnswer[],
): StoredAnswer | undefined {
  let chosen: StoredAnswer | undefined;
  for (const answer of answers) {
    if (!isChosen(answer.vary, headers)) continue;
    if (!chosen || answer.dateMs > chosen.dateMs) chosen = answer;
  }
  return chosen;
}
