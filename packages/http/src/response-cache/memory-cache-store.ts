/** memoryCacheStore: stored answers in the memory of this process, the least recently used dropped first. */
import { checkNames, checkWhole } from '@interpose/kernel/options';
import type { ResponseCacheStore } from './cache-store.ts';
import type { StoredAnswer } from './stored-answer.ts';

/** Options of `memoryCacheStore`. */
export interface MemoryCacheStoreOptions {
  /** How much memory answers may take, headers and keys included. @default 64 MiB */
  readonly maxBytes?: number;
}

/** Stored answers in memory. */
export interface MemoryCacheStore extends ResponseCacheStore {
  /** How much memory the answers take by the store's own estimate. */
  readonly bytes: number;
  /** How many keys there are. */
  readonly size: number;
}

interface Entry {
  readonly answers: readonly StoredAnswer[];
  readonly bytes: number;
}

/** What an answer takes besides its body and its texts. */
const OVERHEAD_BYTES = 512;

/**
 * A store in the memory of this process.
 *
 * @throws TypeError or RangeError for options out of range
 */
export function memoryCacheStore(options: MemoryCacheStoreOptions = {}): MemoryCacheStore {
  checkNames('memoryCacheStore()', options, ['maxBytes']);
  return new MemoryStore(checkWhole('maxBytes', options.maxBytes ?? 64 * 1024 * 1024, 1));
}

class MemoryStore implements MemoryCacheStore {
  readonly #maxBytes: number;
  // A Map keeps the order of insertion: the first entry is the least recently used.
  readonly #entries = new Map<string, Entry>();
  readonly #keysOf = new Map<string, Set<string>>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): readonly StoredAnswer[] | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.answers;
  }

  set(key: string, answers: readonly StoredAnswer[]): void {
    this.delete(key);
    const bytes = answers.reduce((sum, answer) => sum + bytesOf(answer), 2 * key.length);
    if (bytes > this.#maxBytes) return;
    this.#entries.set(key, { answers, bytes });
    this.#bytes += bytes;
    for (const tag of tagsOf(answers)) {
      const keys = this.#keysOf.get(tag);
      if (keys) keys.add(key);
      else this.#keysOf.set(tag, new Set([key]));
    }
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#maxBytes) break;
      this.delete(oldest);
    }
  }

  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    this.#entries.delete(key);
    this.#bytes -= entry.bytes;
    for (const tag of tagsOf(entry.answers)) {
      const keys = this.#keysOf.get(tag);
      keys?.delete(key);
      if (keys?.size === 0) this.#keysOf.delete(tag);
    }
  }

  deleteTagged(tag: string): void {
    for (const key of this.#keysOf.get(tag) ?? []) this.delete(key);
  }

  clear(): void {
    this.#entries.clear();
    this.#keysOf.clear();
    this.#bytes = 0;
  }
}

const tagsOf = (answers: readonly StoredAnswer[]): Set<string> =>
  new Set(answers.flatMap(({ tags }) => tags));

function bytesOf({ headers, body, vary, tags }: StoredAnswer): number {
  let characters = 0;
  for (const text of headers) characters += text.length;
  for (const [name, value] of vary) characters += name.length + (value?.length ?? 0);
  for (const tag of tags) characters += tag.length;
  return OVERHEAD_BYTES + body.length + 2 * characters;
}
