/** Who the client is when proxies stand in between: the one resolver that logs, limits and restrictions go by. */
import { outOfRange, unexpected } from '@interpose/kernel/options';
import { AddressSet } from './cidr.ts';
import type { HeaderList } from '../context/headers.ts';
import { formatIpAddress, type IpAddress, parseIpAddress } from './ip-address.ts';

/** Which proxies are believed, and what. */
export interface ProxyTrustOptions {
  /** Addresses and ranges of the proxies, and the names `loopback`, `private` and `unix` (whoever has no address). */
  readonly proxies: readonly string[];
  /** The headers that the proxies write: `X-Forwarded-*`, or `Forwarded` (RFC 7239). The others are dropped. @default 'x-forwarded' */
  readonly read?: 'x-forwarded' | 'forwarded';
  /** Whether the host that the client asked for is taken from them. Only where each proxy sets it. @default false */
  readonly host?: boolean;
}

/** What proxies that are trusted say of the client. */
export interface Client {
  /** In canonical form; `UNKNOWN_ADDRESS` if a proxy did not say. */
  readonly address: string;
  /** Whether its connection is encrypted; `undefined` if they did not say. */
  readonly secure: boolean | undefined;
  /** The host that it asked for; `undefined` if they did not say, or are not asked. */
  readonly host: string | undefined;
}

/** The address of a client that a trusted proxy will not or cannot name. It is in no set of addresses. */
export const UNKNOWN_ADDRESS = 'unknown';

const HOST = /^(?:[\w.-]+|\[[\d.:a-f]+\])(?::\d{1,5})?$/i;

/** Finds out who the client is. */
export class ClientResolver {
  readonly #trusted: AddressSet;
  readonly #isForwarded: boolean;
  readonly #readsHost: boolean;

  /** @throws TypeError or RangeError for options out of range */
  constructor({ proxies, read = 'x-forwarded', host = false }: ProxyTrustOptions) {
    if (read !== 'x-forwarded' && read !== 'forwarded') {
      throw outOfRange('read', `'x-forwarded' or 'forwarded'`, read);
    }
    if (typeof host !== 'boolean') throw unexpected('host', 'a boolean', host);
    this.#trusted = new AddressSet('proxies', proxies);
    this.#isForwarded = read === 'forwarded';
    this.#readsHost = host;
  }

  /**
   * The client, if the other end of the connection is a trusted proxy; else nothing. Afterwards the headers have only what can be believed:
   * nothing from an untrusted peer, and nothing that stood before the client's address.
   */
  resolve(headers: HeaderList, peer: string): Client | undefined {
    if (!this.#trusted.has(peer)) {
      headers.deleteWhere(isForwarding);
      return undefined;
    }
    return this.#isForwarded ? this.#byForwarded(headers, peer) : this.#byXForwarded(headers, peer);
  }

  #byXForwarded(headers: HeaderList, peer: string): Client {
    const items = splitItems(headers.get('x-forwarded-for'));
    const at = this.#clientIndex(items);
    const address = at < 0 ? peer : formOf(items[at]);
    headers.deleteWhere((name) => name === 'forwarded' || isAlias(name));
    if (at > 0) headers.set('X-Forwarded-For', items.slice(at).join(', '));
    // An application that reads it must not be told another address than the rest.
    if (headers.has('x-real-ip')) headers.set('X-Real-IP', address);
    return {
      address,
      secure: securityOf(besideAddress(headers.get('x-forwarded-proto'), at, items.length)),
      host: this.#hostOf(besideAddress(headers.get('x-forwarded-host'), at, items.length)),
    };
  }

  #byForwarded(headers: HeaderList, peer: string): Client {
    const items = splitForwarded(headers.get('forwarded'));
    const hops = items.map(hopOf);
    const at = this.#clientIndex(hops.map((hop) => hop?.get('for')));
    const hop = hops[at];
    headers.deleteWhere((name) => name !== 'forwarded' && isForwarding(name));
    if (at > 0) headers.set('Forwarded', items.slice(at).join(', '));
    return {
      address: at < 0 ? peer : formOf(hop?.get('for')),
      secure: securityOf(hop?.get('proto')),
      host: this.#hostOf(hop?.get('host')),
    };
  }

  /** Which of the addresses, in the order of the request's way, is the client's: the last that is no trusted proxy's, or else the first. */
  #clientIndex(addresses: readonly (string | undefined)[]): number {
    let at = addresses.length - 1;
    while (at > 0 && this.#trusted.has(parsed(addresses[at]) ?? UNKNOWN_ADDRESS)) at--;
    return at;
  }

  #hostOf(host: string | undefined): string | undefined {
    return this.#readsHost && host !== undefined && HOST.test(host) ? host : undefined;
  }
}

/** True for the lower case name of a header in which proxies tell who is behind them; also with underscores, which some take for dashes. */
function isForwarding(name: string): boolean {
  const plain = name.includes('_') ? name.replaceAll('_', '-') : name;
  return plain === 'forwarded' || plain === 'x-real-ip' || plain.startsWith('x-forwarded');
}

const isAlias = (name: string): boolean => name.includes('_') && isForwarding(name);

function splitItems(value: string | undefined): readonly string[] {
  return (value ?? '').split(',').flatMap((item) => item.trim() || []);
}

/** What a list says of the address at a place: the item at the same place if there is one for each address, else the last, which is the nearest proxy's. */
function besideAddress(value: string | undefined, at: number, count: number): string | undefined {
  const items = splitItems(value);
  return items.length === count ? items[at] : items.at(-1);
}

/**
 * The elements of `Forwarded`. They are split from the right, as what a trusted proxy has added must be read as it stands whatever the
 * client has written before it, such as a quote that never ends.
 */
function splitForwarded(value: string | undefined): readonly string[] {
  if (value === undefined) return [];
  const items: string[] = [];
  let isQuoted = false;
  let end = value.length;
  for (let at = end - 1; at >= 0; at--) {
    if (value[at] === '"') isQuoted = !isQuoted;
    else if (value[at] === ',' && !isQuoted) {
      items.unshift(value.slice(at + 1, end).trim());
      end = at;
    }
  }
  items.unshift(value.slice(0, end).trim());
  return items;
}

const PAIR = /^\s*([!#$%&'*+.^`|~\w-]+)=(?:"([^"\\]*)"|([!#$%&'*+.^`|~\w:[\]-]+))\s*$/;

/** The parameters of an element; nothing for one that is malformed or says a thing twice. */
function hopOf(element: string): ReadonlyMap<string, string> | undefined {
  const pairs = new Map<string, string>();
  for (const text of element.split(';')) {
    const [, name, quoted, token] = PAIR.exec(text) ?? [];
    if (name === undefined || pairs.has(name.toLowerCase())) return undefined;
    pairs.set(name.toLowerCase(), quoted ?? token ?? '');
  }
  return pairs;
}

/** An address as proxies write it, perhaps with a port. */
function parsed(text = ''): IpAddress | undefined {
  const bracketed = /^\[([^\]]*)\](?::\d{1,5})?$/.exec(text);
  if (bracketed) return bracketed[1]?.includes(':') ? parseIpAddress(bracketed[1]) : undefined;
  const colon = text.indexOf(':');
  const hasPort = colon >= 0 && colon === text.lastIndexOf(':');
  if (hasPort && !/^:\d{1,5}$/.test(text.slice(colon))) return undefined;
  return parseIpAddress(hasPort ? text.slice(0, colon) : text);
}

/** An address in canonical form. */
function formOf(text: string | undefined): string {
  const address = parsed(text);
  return address ? formatIpAddress(address) : UNKNOWN_ADDRESS;
}

function securityOf(proto: string | undefined): boolean | undefined {
  const lower = proto?.toLowerCase();
  return lower === 'https' || lower === 'wss'
    ? true
    : lower === 'http' || lower === 'ws'
      ? false
      : undefined;
}
