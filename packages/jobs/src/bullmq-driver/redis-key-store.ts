/** redisKeyStore: keys that all workers share, in Redis or Valkey. */
import type { ConnectionOptions } from 'bullmq';
import { checkMs } from '@interpose/kernel/options';
import { jsonText } from '../json-text.ts';
import type { KeyStore, KeySwap } from '../key-store.ts';
import { type Bounded, boundedBy } from './bounded.ts';
import { type KeyScript, KeyScripts } from './key-scripts.ts';
import { type KeyOpening, keyOpeningOf, type RedisKeyStoreOptions } from './redis-key-options.ts';

/** A store of keys on Redis. */
export interface RedisKeyStore extends Required<KeyStore> {
  get(key: string): Promise<unknown>;
  set(key: string, value: unknown, ttlMs?: number): Promise<void>;
  add(key: string, value: unknown, ttlMs?: number): Promise<boolean>;
  delete(key: string): Promise<boolean>;
  swap(key: string, change: KeySwap): Promise<boolean>;
  deleteIf(key: string, value: unknown): Promise<boolean>;
  /** Closes its connection; a client of the caller's stays open. */
  close(): Promise<void>;
}

/**
 * Keeps the keys of `unique`, `uniqueEnqueue`, `idempotency` and `concurrency` in Redis or Valkey, for all processes that share it. Values
 * are kept as JSON, and each operation is one atomic step.
 *
 * @throws TypeError or RangeError for options out of range
 * @example
 * const store = redisKeyStore({ connection: 'redis://127.0.0.1:6379' });
 * idempotency({ key: (ctx: JobContext<Order>) => ctx.data.number, store });
 */
export function redisKeyStore<Connection = ConnectionOptions>(
  options: RedisKeyStoreOptions<Connection>,
): RedisKeyStore {
  return new SharedKeys(keyOpeningOf(options));
}

/** Keys under a prefix. */
class SharedKeys implements RedisKeyStore {
  readonly #prefix: string;
  readonly #bounded: Bounded;
  readonly #scripts: KeyScripts;

  constructor(opening: KeyOpening) {
    this.#prefix = opening.prefix;
    this.#bounded = boundedBy(opening.answerWithinMs);
    this.#scripts = new KeyScripts(opening);
  }

  async get(key: string): Promise<unknown> {
    const text = await this.#bounded('get', () => this.#scripts.get(this.#nameOf(key)));
    return text === null ? undefined : read(key, text);
  }

  async set(key: string, value: unknown, ttlMs?: number): Promise<void> {
    const args = [jsonText('value', value), ttlText(ttlMs)];
    await this.#run('set', key, args);
  }

  async add(key: string, value: unknown, ttlMs?: number): Promise<boolean> {
    return this.#run('add', key, [jsonText('value', value), ttlText(ttlMs)]);
  }

  delete(key: string): Promise<boolean> {
    return this.#run('delete', key, []);
  }

  async swap(key: string, { from, to, ttlMs }: KeySwap): Promise<boolean> {
    return this.#run('swap', key, [jsonText('to', to), ttlText(ttlMs), jsonText('from', from)]);
  }

  async deleteIf(key: string, value: unknown): Promise<boolean> {
    return this.#run('deleteIf', key, [jsonText('value', value)]);
  }

  close(): Promise<void> {
    return this.#scripts.close();
  }

  #run(what: KeyScript, key: string, args: readonly string[]): Promise<boolean> {
    const name = this.#nameOf(key);
    return this.#bounded(what, () => this.#scripts.run(what, name, args));
  }

  #nameOf(key: string): string {
    return `${this.#prefix}:${key}`;
  }
}

/** How long Redis is to keep it: whole milliseconds, or nothing for as long as it is not deleted. */
function ttlText(ttlMs: number | undefined): string {
  if (ttlMs === undefined) return '';
  // What is to be gone at once is gone after the shortest time that there is.
  return String(Math.max(1, Math.ceil(checkMs('ttlMs', ttlMs))));
}

function read(key: string, text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new TypeError(`Expected \`${key}\` to hold JSON; somebody else has written it.`, {
      cause,
    });
  }
}
