/** EndpointMaker: makes the endpoints of an upstream, or takes over those of an earlier one that are the same. */
import type { Clock } from '@interpose/kernel';
import { checkNames, unexpected } from '@interpose/kernel/options';
import { createDnsCache, type PoolOptions, type Resolver } from '@interpose/wire';
import { isIP } from 'node:net';
import { contentKey } from '../content-key.ts';
import type { Lookup } from './dns-discovery.ts';
import { Endpoint, type EndpointPlace } from './endpoint.ts';
import { readTlsFiles } from './tls-files.ts';
import type { UpstreamConfig } from './upstream-config.ts';

const POOL_NAMES = ['maxConnections', 'maxQueued', 'queueTimeoutMs', 'keepAliveMs'];

/** What a maker gets from the gateway instead of reaching for it. */
export interface EndpointServices {
  readonly clock: Clock;
  /** Finds addresses. @default what the system knows */
  readonly resolver?: Resolver | undefined;
}

/** Makes endpoints. */
export class EndpointMaker {
  readonly lookup: Lookup;
  /** The same for makers whose endpoints are alike. */
  readonly likeness: string;
  readonly #options: PoolOptions;
  #earlier: EndpointMaker | undefined;
  readonly #made = new Map<string, Endpoint>();

  /** @throws TypeError or RangeError for options out of range, and for files that cannot be read */
  constructor(
    config: UpstreamConfig,
    { clock, resolver }: EndpointServices,
    earlier: EndpointMaker | undefined,
  ) {
    const { connectTimeoutMs, firstByteTimeoutMs, idleTimeoutMs, pool = {}, tls } = config;
    checkNames('pool', pool, POOL_NAMES);
    const given = { ...pool, connectTimeoutMs, firstByteTimeoutMs, idleTimeoutMs };
    const said = {
      ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
      ...(tls && { tls: readTlsFiles(tls) }),
    };
    this.lookup = createDnsCache({ clock, ...(resolver && { resolver }) }).lookup;
    this.#options = { ...said, lookup: this.lookup, clock };
    this.likeness = contentKey(said);
    this.#earlier = earlier?.likeness === this.likeness ? earlier : undefined;
  }

  /**
   * The endpoint at a place.
   *
   * @throws TypeError or RangeError for options out of range
   */
  at(place: EndpointPlace): Endpoint {
    const key = `${place.url.href} ${place.address ?? ''}`;
    const known = this.#made.get(key) ?? this.#earlier?.known(key);
    if (known?.isOpen) {
      this.#made.set(key, known);
      return known;
    }
    for (const [gone, { isOpen }] of this.#made) if (!isOpen) this.#made.delete(gone);
    const endpoint = new Endpoint(place, this.#optionsFor(place));
    this.#made.set(key, endpoint);
    return endpoint;
  }

  /** Takes nothing more over. Each would keep the one before it otherwise. */
  forgetEarlier(): void {
    this.#earlier = undefined;
  }

  /** One that was made here. */
  known(key: string): Endpoint | undefined {
    return this.#made.get(key);
  }

  #optionsFor({ address }: EndpointPlace): PoolOptions {
    if (address === undefined) return this.#options;
    const family = isIP(address);
    const lookup: Lookup = (_host, options, found) => {
      if (options.all) found(null, [{ address, family }]);
      else found(null, address, family);
    };
    return { ...this.#options, lookup };
  }
}

/**
 * Reads the address of a target.
 *
 * @throws TypeError if it is none
 */
export function targetUrl(name: string, text: unknown): URL {
  const url = typeof text === 'string' && URL.canParse(text) ? new URL(text) : undefined;
  if (url && /^https?:$/.test(url.protocol) && !url.search && !url.hash && !url.username)
    return url;
  throw unexpected(name, 'an http or https address without user, query or fragment', text);
}
