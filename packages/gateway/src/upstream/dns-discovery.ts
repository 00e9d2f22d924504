/** DnsDiscovery: tells which addresses a name has, and when they change. */
import type { Clock } from '@interpose/kernel';
import { checkMs, checkNames, unexpected } from '@interpose/kernel/options';
import type { HostAddress, PoolOptions } from '@interpose/wire';
import type { DiscoveryConfig, UpstreamConfig } from './upstream-config.ts';

/** What finds addresses, for as long as they hold. */
export type Lookup = NonNullable<PoolOptions['lookup']>;

/** What a discovery is told. */
export interface DnsDiscoveryOptions {
  readonly host: string;
  readonly lookup: Lookup;
  readonly clock: Clock;
  readonly config: DiscoveryConfig;
  /** Is told of addresses that are others than before. */
  readonly found: (addresses: readonly string[]) => void;
  /** Is told that there is no answer; those that were found last still hold. */
  readonly failed: (error: Error) => void;
}

/** Looks after the addresses of one name. */
export class DnsDiscovery {
  readonly #options: DnsDiscoveryOptions;
  readonly #everyMs: number;
  #known = '';
  #hasFailed = false;
  #isClosed = false;
  #cancel: () => void = () => {};

  constructor(options: DnsDiscoveryOptions) {
    this.#options = options;
    this.#everyMs = options.config.everyMs ?? 1000;
  }

  /** Looks at once, and again at intervals. */
  start(): void {
    const { host, lookup, config } = this.#options;
    const { family = 0 } = config;
    lookup(host, { all: true, family }, (error, found) => {
      if (this.#isClosed) return;
      if (error) this.#failed(error);
      else this.#found(found as unknown as readonly HostAddress[]);
      this.#cancel = this.#options.clock.setTimer(() => this.start(), this.#everyMs, {
        keepAlive: false,
      });
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#cancel();
  }

  #found(found: readonly HostAddress[]): void {
    this.#hasFailed = false;
    // Their order says nothing: it changes from one answer to the next.
    const addresses = [...new Set(found.map(({ address }) => address))].toSorted();
    const known = addresses.join(' ');
    if (known === this.#known || known === '') return;
    this.#known = known;
    this.#options.found(addresses);
  }

  #failed(error: Error): void {
    // Said once, however long it lasts.
    if (!this.#hasFailed) this.#options.failed(error);
    this.#hasFailed = true;
  }
}

/**
 * How the addresses of an upstream are found, if they are.
 *
 * @throws TypeError or RangeError for a way that there is not
 */
export function discoveryOf({ discover }: UpstreamConfig): DiscoveryConfig | undefined {
  if (discover === undefined) return undefined;
  if (discover === 'dns') return { kind: 'dns' };
  if (typeof discover !== 'object' || discover?.kind !== 'dns') {
    throw unexpected('discover', '`dns`, or an object of that kind', discover);
  }
  checkNames('discover', discover, ['kind', 'family', 'everyMs']);
  const { family, everyMs } = discover;
  if (family !== undefined && family !== 4 && family !== 6) {
    throw unexpected('discover.family', '4 or 6', family);
  }
  if (everyMs !== undefined) checkMs('discover.everyMs', everyMs, 1);
  return discover;
}
