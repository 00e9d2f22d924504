/** BanList: clients that break limits again and again are shut out for a while. */
import { type Awaitable, isThenable } from '@interpose/kernel';
import { checkMs, checkNames, checkWhole } from '@interpose/kernel/options';
import { reportFailure, unharmed } from '@interpose/kernel/unharmed';
import type { SharedDictionary } from '../dictionaries/shared-dictionary.ts';

/** When a client is banned, and for how long. */
export interface BanOptions {
  /** After so many violations. @default 10 */
  readonly afterViolations?: number;
  /** Violations count together while no more than this lies between two. @default 3_600_000, an hour */
  readonly violationWindowMs?: number;
  /** @default 3_600_000, an hour */
  readonly banMs?: number;
}

/** What happened to a client. */
export interface BanEvent {
  readonly kind: 'IP_BANNED' | 'BANNED_REQUEST_BLOCKED' | 'BAN_EXPIRED';
  readonly client: string;
}

/** Clients by their addresses, in a dictionary that all requests share. */
export class BanList {
  readonly #dictionary: SharedDictionary;
  readonly #listener: ((event: BanEvent) => void) | undefined;
  readonly #afterViolations: number;
  readonly #windowMs: number;
  readonly #banMs: number;
  /** Those that this process has seen banned, so that the end of a ban can be told. */
  readonly #seen = new Set<string>();

  /** @throws TypeError or RangeError for options out of range */
  constructor(
    dictionary: SharedDictionary,
    options: BanOptions & { readonly listener?: (event: BanEvent) => void } = {},
  ) {
    checkNames('bans', options, ['afterViolations', 'violationWindowMs', 'banMs', 'listener']);
    this.#dictionary = dictionary;
    this.#listener = options.listener;
    this.#afterViolations = checkWhole('afterViolations', options.afterViolations ?? 10, 1);
    this.#windowMs = checkMs('violationWindowMs', options.violationWindowMs ?? 3_600_000, 1);
    this.#banMs = checkMs('banMs', options.banMs ?? 3_600_000, 1);
  }

  /** How long the client is still banned; nothing if it is not. A request of one that is counts as blocked. */
  check(client: string): Awaitable<number | undefined> {
    const left = this.#dictionary.ttl(banOf(client));
    return isThenable(left)
      ? left.then((leftMs) => this.#checked(client, leftMs))
      : this.#checked(client, left);
  }

  /** Notes a violation. How many more the client may have before it is banned; 0 if it is banned now. */
  violated(client: string): Awaitable<number> {
    const count = this.#dictionary.incr(violationsOf(client), 1, {
      init: 0,
      initTtlMs: this.#windowMs,
    });
    return isThenable(count)
      ? count.then((many) => this.#counted(client, many))
      : this.#counted(client, count);
  }

  /** Bans a client, for as long as said. */
  ban(client: string, banMs: number = this.#banMs): Awaitable<void> {
    const stored = this.#dictionary.set(banOf(client), true, banMs);
    const done = (): Awaitable<void> => {
      this.#remember(client);
      this.#tell({ kind: 'IP_BANNED', client });
      const forgotten = this.#dictionary.delete(violationsOf(client));
      return isThenable(forgotten) ? forgotten.then(() => {}) : undefined;
    };
    return isThenable(stored) ? stored.then(done) : done();
  }

  /** Lets a client in again; tells whether it was banned. */
  lift(client: string): Awaitable<boolean> {
    this.#seen.delete(client);
    return this.#dictionary.delete(banOf(client));
  }

  #checked(client: string, leftMs: number | undefined): number | undefined {
    if (leftMs !== undefined) {
      this.#remember(client);
      this.#tell({ kind: 'BANNED_REQUEST_BLOCKED', client });
    } else if (this.#seen.delete(client)) this.#tell({ kind: 'BAN_EXPIRED', client });
    return leftMs;
  }

  #counted(client: string, many: number | undefined): Awaitable<number> {
    // Where there is no room to count, nobody is shut out for it.
    const left = this.#afterViolations - (many ?? 0);
    if (left > 0) {
      if (many === undefined) return left;
      const kept = this.#dictionary.expire(violationsOf(client), this.#windowMs);
      return isThenable(kept) ? kept.then(() => left) : left;
    }
    const banned = this.ban(client);
    return isThenable(banned) ? banned.then(() => 0) : 0;
  }

  #remember(client: string): void {
    if (this.#seen.size >= MOST_SEEN) this.#seen.delete(this.#seen.keys().next().value as string);
    this.#seen.add(client);
  }

  #tell(event: BanEvent): void {
    const listener = this.#listener;
    if (listener) unharmed(() => listener(event), reportFailure);
  }
}

const MOST_SEEN = 10_000;
const banOf = (client: string): string => `ban:${client}`;
const violationsOf = (client: string): string => `violations:${client}`;
