/** createDnsCache: addresses of hosts, for as long as they hold, and for a while longer while nobody can say what holds instead. */
import { ALL, V4MAPPED } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { type Clock, systemClock } from '../clock.ts';
import { checkMs, checkWhole, unexpected } from '../option.ts';
import {
  type HostAddress,
  type Resolution,
  type Resolver,
  systemResolver,
} from './system-resolver.ts';

/** Options of `createDnsCache`. */
export interface DnsCacheOptions {
  /** Finds addresses for a name. @default what the system knows, with the times of the name servers */
  readonly resolver?: Resolver;
  /** How long addresses hold of which nobody says it. @default 30_000 */
  readonly defaultTtlMs?: number;
  /** How long addresses hold at least. @default 1000 */
  readonly minTtlMs?: number;
  /** How long addresses hold at most. @default 300_000 */
  readonly maxTtlMs?: number;
  /** How long addresses that no longer hold are used until others are found. @default 3_600_000 */
  readonly staleMs?: number;
  /** How long it is remembered that a name could not be found. @default 1000 */
  readonly failureMs?: number;
  /** Names that are remembered; the one used last goes last. @default 1000 */
  readonly maxNames?: number;
  /** @default systemClock */
  readonly clock?: Clock;
}

/** Remembers addresses. */
export interface DnsCache {
  /** Finds addresses in the form that `net.connect` takes; those of one kind come first in turn. */
  readonly lookup: LookupFunction;
  /** How many names it remembers. */
  readonly size: number;
  /** Forgets all of them. */
  clear(): void;
}

/** What is known of one name. */
interface Entry {
  addresses: readonly HostAddress[];
  freshUntil: number;
  /** What went wrong the last time, and until when that is answer enough. */
  error: Error | undefined;
  failedUntil: number;
  flight: Promise<readonly HostAddress[]> | undefined;
  /** How often its addresses were given out. */
  turn: number;
}

/** What `net.connect` asks for. */
interface Wanted {
  readonly all?: boolean | undefined;
  readonly family?: number | 'IPv4' | 'IPv6' | undefined;
  readonly hints?: number | undefined;
}

type Found = (error: Error | null, address: string | HostAddress[], family?: number) => void;

/**
 * Remembers addresses of hosts. While addresses hold, nobody is asked; when they no longer do, they are used on while others are looked for,
 * and no connection waits. Those who ask for a name at the same time wait for one answer.
 *
 * @throws TypeError or RangeError for options out of range
 * @example
 * const { lookup } = createDnsCache({ maxTtlMs: 60_000 });
 * const pools = ['http://api.example', 'http://api.example:8080'].map((origin) => createPool(origin, { lookup }));
 */
export function createDnsCache(options: DnsCacheOptions = {}): DnsCache {
  return new Cache(options);
}

class Cache implements DnsCache {
  readonly #resolver: Resolver;
  readonly #clock: Clock;
  readonly #defaultTtlMs: number;
  readonly #minTtlMs: number;
  readonly #maxTtlMs: number;
  readonly #staleMs: number;
  readonly #failureMs: number;
  readonly #maxNames: number;
  /** The name that was used last is the last. */
  readonly #entries = new Map<string, Entry>();

  constructor(options: DnsCacheOptions) {
    const { resolver = systemResolver, clock = systemClock } = options;
    if (typeof resolver !== 'function') throw unexpected('resolver', 'a function', resolver);
    this.#resolver = resolver;
    this.#clock = clock;
    this.#defaultTtlMs = checkMs('defaultTtlMs', options.defaultTtlMs ?? 30_000);
    this.#minTtlMs = checkMs('minTtlMs', options.minTtlMs ?? 1000);
    this.#maxTtlMs = checkMs('maxTtlMs', options.maxTtlMs ?? 300_000);
    this.#staleMs = checkMs('staleMs', options.staleMs ?? 3_600_000);
    this.#failureMs = checkMs('failureMs', options.failureMs ?? 1000);
    this.#maxNames = checkWhole('maxNames', options.maxNames ?? 1000, 1);
  }

  get size(): number {
    return this.#entries.size;
  }

  clear(): void {
    this.#entries.clear();
  }

  readonly lookup: LookupFunction = (host, options, callback) => {
    const tell = callback as Found;
    const give = (addresses: readonly HostAddress[], entry: Entry): void => {
      const found = fitting(inTurn(addresses, entry.turn++), options);
      const [first] = found;
      if (!first) tell(notFound(host), '');
      else if (options.all) tell(null, found);
      else tell(null, first.address, first.family);
    };
    const entry = this.#entryOf(host);
    const addresses = this.#usable(host, entry);
    // Whoever asks is not called before the question is put, as with any other lookup.
    if (addresses) process.nextTick(give, addresses, entry);
    else {
      this.#fetch(host, entry).then(
        (found) => process.nextTick(give, found, entry),
        (error: Error) => process.nextTick(tell, error, ''),
      );
    }
  };

  /** Addresses that can be used at once; asks for others if these do not hold any more. */
  #usable(host: string, entry: Entry): readonly HostAddress[] | undefined {
    const { addresses, freshUntil } = entry;
    if (addresses.length === 0) return undefined;
    const now = this.#clock.now();
    if (now < freshUntil) return addresses;
    if (now >= freshUntil + this.#staleMs) return undefined;
    // What comes of it shows the next time.
    if (!entry.flight) this.#fetch(host, entry).catch(() => {});
    return addresses;
  }

  #entryOf(host: string): Entry {
    const known = this.#entries.get(host);
    const entry = known ?? {
      addresses: [],
      freshUntil: 0,
      error: undefined,
      failedUntil: 0,
      flight: undefined,
      turn: 0,
    };
    this.#entries.delete(host);
    this.#entries.set(host, entry);
    if (this.#entries.size > this.#maxNames) {
      const [oldest] = this.#entries.keys();
      this.#entries.delete(oldest as string);
    }
    return entry;
  }

  #fetch(host: string, entry: Entry): Promise<readonly HostAddress[]> {
    if (entry.error && this.#clock.now() < entry.failedUntil) return Promise.reject(entry.error);
    if (!entry.flight) {
      const landed = (): void => void (entry.flight = undefined);
      entry.flight = this.#fly(host, entry);
      entry.flight.then(landed, landed);
    }
    return entry.flight;
  }

  async #fly(host: string, entry: Entry): Promise<readonly HostAddress[]> {
    try {
      const resolution = await this.#resolver(host);
      if (resolution.addresses.length === 0) throw notFound(host);
      this.#note(entry, resolution);
      return resolution.addresses;
    } catch (error) {
      entry.error = error as Error;
      entry.failedUntil = this.#clock.now() + this.#failureMs;
      throw error;
    }
  }

  #note(entry: Entry, { addresses, ttlMs }: Resolution): void {
    const now = this.#clock.now();
    const holds = (ms: number | undefined): void => {
      const bounded = Math.max(this.#minTtlMs, Math.min(ms ?? this.#defaultTtlMs, this.#maxTtlMs));
      // By now there may be others, of which this says nothing.
      if (entry.addresses === addresses) entry.freshUntil = now + bounded;
    };
    entry.addresses = addresses;
    entry.error = undefined;
    holds(typeof ttlMs === 'number' ? ttlMs : undefined);
    if (ttlMs instanceof Promise) ttlMs.then(holds, () => {});
  }
}

/** The addresses, with the first of each kind the one whose turn it is. Which kind goes first the system has decided. */
function inTurn(addresses: readonly HostAddress[], turn: number): readonly HostAddress[] {
  const kinds = [...new Set(addresses.map(({ family }) => family))];
  return kinds.flatMap((kind) => {
    const own = addresses.filter(({ family }) => family === kind);
    const first = turn % own.length;
    return [...own.slice(first), ...own.slice(0, first)];
  });
}

/** Those that are wanted. */
function fitting(
  addresses: readonly HostAddress[],
  { family = 0, hints = 0 }: Wanted,
): HostAddress[] {
  const wanted = family === 'IPv4' ? 4 : family === 'IPv6' ? 6 : family;
  if (wanted !== 4 && wanted !== 6) return [...addresses];
  const own = addresses.filter((one) => one.family === wanted);
  const isMapped = wanted === 6 && (hints & V4MAPPED) !== 0;
  if (!isMapped || (own.length > 0 && !(hints & ALL))) return own;
  const others = addresses.filter((one) => one.family === 4);
  return [
    ...own,
    ...others.map(({ address }) => ({ address: `::ffff:${address}`, family: 6 as const })),
  ];
}

function notFound(host: string): Error {
  return Object.assign(new Error(`No address is known for ${host}`), {
    code: 'ENOTFOUND',
    hostname: host,
  });
}
