/** TargetSource: says which targets an upstream has, as its config names them and as name servers know them. */
import type { Clock } from '@interpose/kernel';
import { checkNames, outOfRange, unexpected } from '@interpose/kernel/options';
import { messageOf } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { DnsDiscovery, discoveryOf } from './dns-discovery.ts';
import type { Endpoint } from './endpoint.ts';
import { type EndpointMaker, targetUrl } from './endpoint-maker.ts';
import { Target } from './target.ts';
import { type TargetConfig, targetsOf, type UpstreamConfig } from './upstream-config.ts';

/** What a source is made with. */
export interface TargetSourceParts {
  readonly upstream: string;
  readonly maker: EndpointMaker;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Is told of targets that come and go. */
  readonly changed: (targets: readonly Target[]) => void;
}

/** One target of the config, with the addresses that stand for it. */
interface Named {
  readonly config: TargetConfig;
  readonly url: URL;
  /** Without any, whatever the name leads to. */
  addresses: readonly string[];
}

/** The targets of one upstream. Each holds its endpoint for as long as it is one. */
export class TargetSource {
  readonly #parts: TargetSourceParts;
  readonly #named: readonly Named[];
  readonly #discoveries: readonly DnsDiscovery[];
  /** Those that have gone, but may have requests under way. */
  readonly #gone = new Set<Endpoint>();
  #targets: readonly Target[] = [];

  /** @throws TypeError or RangeError for targets that are none */
  constructor(config: UpstreamConfig, parts: TargetSourceParts, earlier: TargetSource | undefined) {
    this.#parts = parts;
    this.#named = named(config);
    const { maker, clock } = parts;
    const discovery = discoveryOf(config);
    this.#discoveries = !discovery
      ? []
      : this.#named.map((one) => {
          one.addresses = earlier?.addressesOf(one.url) ?? [];
          return new DnsDiscovery({
            host: one.url.hostname.replace(/^\[|\]$/g, ''),
            lookup: maker.lookup,
            clock,
            config: discovery,
            found: (addresses) => this.#found(one, addresses),
            failed: (error) => this.#failed(one, error),
          });
        });
    this.#targets = this.#make();
    for (const { endpoint } of this.#targets) endpoint.hold();
  }

  get targets(): readonly Target[] {
    return this.#targets;
  }

  start(): void {
    for (const discovery of this.#discoveries) discovery.start();
  }

  /** Lets all of them go, and cuts what is under way to those that nobody else holds. */
  close(): void {
    for (const discovery of this.#discoveries) discovery.close();
    for (const { endpoint } of this.#targets) void endpoint.release({ cut: true });
    for (const endpoint of this.#gone) endpoint.cut();
    this.#targets = [];
  }

  /** The addresses that were found for a name last. */
  addressesOf({ href }: URL): readonly string[] | undefined {
    return this.#named.find(({ url }) => url.href === href)?.addresses;
  }

  #found(one: Named, addresses: readonly string[]): void {
    one.addresses = addresses;
    const before = this.#targets;
    const targets = this.#make();
    const isKept = new Set(targets);
    for (const target of targets) if (!before.includes(target)) target.endpoint.hold();
    this.#targets = targets;
    this.#parts.changed(targets);
    for (const target of before) if (!isKept.has(target)) this.#letGo(target.endpoint);
  }

  #letGo(endpoint: Endpoint): void {
    this.#gone.add(endpoint);
    void endpoint.release({ cut: false }).then(() => this.#gone.delete(endpoint));
  }

  #failed({ url }: Named, error: Error): void {
    const { upstream, logger } = this.#parts;
    logger.warn({
      message: `The addresses of ${url.hostname} cannot be found: ${messageOf(error)}`,
      upstream,
    });
  }

  /** The targets as the addresses are now; those that there were stay the same objects. */
  #make(): readonly Target[] {
    const { maker } = this.#parts;
    const before = new Map(this.#targets.map((target) => [target.endpoint, target]));
    return this.#named.flatMap(({ config, url, addresses }) => {
      const places = addresses.length > 0 ? addresses : [undefined];
      return places.map((address) => {
        const endpoint = maker.at({ url, address });
        return before.get(endpoint) ?? new Target(endpoint, config);
      });
    });
  }
}

/** The targets that a config names, checked. */
function named(config: UpstreamConfig): readonly Named[] {
  const { url: short, targets } = config;
  if ((short === undefined) === (targets === undefined)) {
    throw unexpected('url', 'there, or `targets`, and not both', short);
  }
  const hrefs = new Set<string>();
  const all = targetsOf(config);
  if (!Array.isArray(all) || all.length === 0) {
    throw unexpected('targets', 'a list with at least one target', targets);
  }
  return all.map((one, at) => {
    const name = targets ? `targets[${at}].url` : 'url';
    if (targets) checkNames(`targets[${at}]`, one, ['url', 'weight', 'zone']);
    const { weight = 1 } = one;
    if (!(weight >= 0 && weight < Infinity)) {
      throw outOfRange(`targets[${at}].weight`, 'a number, 0 or more', weight);
    }
    const url = targetUrl(name, one.url);
    if (hrefs.has(url.href)) throw outOfRange(name, 'another one than those before', one.url);
    hrefs.add(url.href);
    return { config: one, url, addresses: [] };
  });
}
