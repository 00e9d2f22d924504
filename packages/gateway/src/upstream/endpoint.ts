/** Endpoint: the connections to one place, with what is known of it; kept through reloads as long as an upstream needs it. */
import { createPool, type Pool, type PoolOptions } from '@interpose/wire';
import type { Latency } from '../balancing/ewma.ts';

/** Where an endpoint is. */
export interface EndpointPlace {
  readonly url: URL;
  /** One of the addresses of the host; without it whichever the name has. */
  readonly address?: string | undefined;
}

/** Longer than any request takes, so that nothing under way is cut. */
const NO_HURRY_MS = 2 ** 40;

/** The connections to one place. Whoever needs them holds them; when nobody does any more they close as they become free. */
export class Endpoint {
  /** Tells it from others, and stays the same when the config is read again. */
  readonly name: string;
  readonly url: URL;
  readonly address: string | undefined;
  /** What comes before the path of each request. */
  readonly basePath: string;
  readonly pool: Pool;
  readonly latency: Latency = { ms: 0, atMs: -Infinity };
  /** True while it gets no more requests, by order of an operator. */
  isDrained = false;
  inFlight = 0;
  requests = 0;
  failures = 0;
  readonly #options: PoolOptions;
  #probes: Pool | undefined;
  #holders = 0;
  #isOpen = true;

  /** @throws TypeError or RangeError for options out of range */
  constructor({ url, address }: EndpointPlace, options: PoolOptions) {
    this.url = url;
    this.address = address;
    this.basePath = url.pathname.replace(/\/$/, '');
    const place = url.origin + this.basePath;
    this.name = address === undefined ? place : `${place}#${address}`;
    this.#options = options;
    this.pool = createPool(url.origin, options);
  }

  /** False once nobody has held it any more. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  hold(): void {
    this.#holders++;
  }

  /** One who held it needs it no longer. With `cut`, whatever is under way is cut when it was the last. */
  async release({ cut }: { readonly cut: boolean }): Promise<void> {
    if (--this.#holders === 0) await this.#close(cut);
  }

  /** Cuts what is under way, if nobody holds it any more. */
  cut(): void {
    if (this.#holders <= 0) void this.#close(true);
  }

  /** Asks whether it is well, on a connection of its own: one that is there already says little, and requests may have taken all. */
  async probe(path: string, signal: AbortSignal): Promise<number> {
    this.#probes ??= createPool(this.url.origin, {
      ...this.#options,
      keepAliveMs: 0,
      maxKeepAliveMs: 0,
    });
    const headers = ['User-Agent', 'interpose-health', 'Connection', 'close'];
    const request = { method: 'GET', target: this.basePath + path, headers };
    const { status, body } = await this.#probes.request(request, { signal });
    body?.cancel();
    return status;
  }

  #close(cut: boolean): Promise<number> {
    this.#isOpen = false;
    void this.#probes?.close({ graceMs: 0 });
    return this.pool.close({ graceMs: cut ? 0 : NO_HURRY_MS });
  }
}
