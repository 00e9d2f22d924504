/** Invalidation: what is stored is dropped when a request may have changed what it is about (RFC 9111, section 4.4), or when somebody says so. */
import { type Awaitable, isThenable } from '@interpose/kernel';
import type { HttpContext } from '../context/context.ts';
import type { HttpResponse } from '../context/response.ts';
import type { CacheSettings } from './cache-settings.ts';
import type { Flights } from './flights.ts';
import { plainRequest } from './origin-request.ts';

/** What an address is made of, as it stands. */
interface Address {
  readonly secure: boolean;
  readonly host: string;
  readonly target: string;
}

const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'QUERY', 'PROPFIND']);
const ABSOLUTE = /^(https?):\/\/([^/?#@\\]+)([^#]*)/i;

/** True for a method that changes nothing. */
export const isSafe = (method: string): boolean => SAFE.has(method);

/** Drops what is stored, and sees to it that nothing older comes after it. */
export class Invalidation {
  readonly #settings: CacheSettings;
  readonly #flights: Flights;

  constructor(settings: CacheSettings, flights: Flights) {
    this.#settings = settings;
    this.#flights = flights;
  }

  /** A request that may have changed something was answered. */
  after(ctx: HttpContext, response: HttpResponse): Awaitable<unknown> {
    if (response.status >= 400) return undefined;
    const own = this.#settings.keyOf(ctx);
    const keys = new Set(own === undefined ? [] : [own]);
    const host = ctx.headers.get('host') ?? '';
    for (const name of ['location', 'content-location']) {
      const value = response.headers.get(name);
      const address = value && resolve(value, { secure: ctx.secure, host, target: ctx.path });
      // Nobody may drop what is another's.
      if (!address || address.secure !== ctx.secure || !isSameHost(address.host, host)) continue;
      const key = this.#keyOf(address);
      if (key !== undefined) keys.add(key);
    }
    return allOf([...keys].map((key) => this.#drop(key)));
  }

  /** Drops what is stored for an address; tells whether it is one. */
  async url(url: string): Promise<boolean> {
    const address = ABSOLUTE.test(url) && resolve(url, undefined);
    const key = address ? this.#keyOf(address) : undefined;
    if (key === undefined) return false;
    await this.#drop(key);
    return true;
  }

  async tag(tag: string): Promise<void> {
    // Which tags an answer that is under way will have, nobody knows.
    this.#flights.forbidAll();
    await this.#settings.shelf.dropTagged(tag);
  }

  async all(): Promise<void> {
    this.#flights.forbidAll();
    await this.#settings.shelf.clear();
  }

  #drop(key: string): Awaitable<void> {
    this.#flights.forbid(key);
    return this.#settings.shelf.drop(key);
  }

  #keyOf({ host, target, secure }: Address): string | undefined {
    const ctx = plainRequest(host, target, secure);
    return ctx.fault ? undefined : this.#settings.keyOf(ctx);
  }
}

/** A reference as an address; what it does not say is that of the base. */
function resolve(reference: string, base: Address | undefined): Address | undefined {
  const [text = ''] = reference.trim().split('#');
  const absolute = ABSOLUTE.exec(text);
  if (absolute) {
    const [, scheme = '', host = '', target = ''] = absolute;
    const secure = scheme.toLowerCase() === 'https';
    return { secure, host, target: target.startsWith('/') ? target : `/${target}` };
  }
  if (!base) return undefined;
  if (text.startsWith('//')) {
    return resolve(`${base.secure ? 'https' : 'http'}:${text}`, undefined);
  }
  if (/^[a-z][a-z0-9+.-]*:/i.test(text)) return undefined;
  if (text.startsWith('/')) return { ...base, target: text };
  if (text === '' || text.startsWith('?')) return { ...base, target: base.target + text };
  return { ...base, target: base.target.slice(0, base.target.lastIndexOf('/') + 1) + text };
}

const isSameHost = (one: string, other: string): boolean =>
  one.toLowerCase() === other.toLowerCase();

function allOf(works: readonly Awaitable<unknown>[]): Awaitable<unknown> {
  return works.some(isThenable) ? Promise.all(works) : undefined;
}
