/** Ranges of addresses (CIDR), and sets of them that tell fast whether an address is in. */
import { unexpected } from '@interpose/kernel/options';
import { formatIpAddress, type IpAddress, parseIpAddress } from './ip-address.ts';

/** All addresses whose first `bits` are those of `words`. */
export interface Cidr extends IpAddress {
  readonly bits: number;
}

/** Ranges that have a name. */
const PRESETS: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.0/8', '::1'],
  private: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
};
/** Stands in a list for whoever has no address: the other end of a Unix socket, or whoever calls `app.fetch`. */
const UNIX = 'unix';

/** The range that a text is: `10.0.0.0/8`, `2001:db8::/32`, or one address. `undefined` if it is none, or has bits set behind its prefix. */
export function parseCidr(text: string): Cidr | undefined {
  const slash = text.indexOf('/');
  const address = parseIpAddress(slash < 0 ? text : text.slice(0, slash));
  if (!address) return undefined;
  const { version, words } = address;
  const most = version === 4 ? 32 : 128;
  let bits = most;
  if (slash >= 0) {
    const prefix = text.slice(slash + 1);
    if (!/^(?:0|[1-9]\d{0,2})$/.test(prefix)) return undefined;
    // IPv4 in the dress of IPv6 has a prefix in that dress.
    bits = Number(prefix) - (version === 4 && text.includes(':') ? 96 : 0);
  }
  if (bits < 0 || bits > most) return undefined;
  return words.every((word, index) => masked(word, bits - index * 32) === word)
    ? { version, words, bits }
    : undefined;
}

/** The first `bits` of a word. */
function masked(word: number, bits: number): number {
  if (bits >= 32) return word;
  return bits <= 0 ? 0 : (word & (-1 << (32 - bits))) >>> 0;
}

/** A range as it is written. */
export function formatCidr(cidr: Cidr): string {
  return `${formatIpAddress(cidr)}/${cidr.bits}`;
}

/** True if the address lies in the range. */
export function cidrHas({ version, words, bits }: Cidr, address: IpAddress): boolean {
  if (address.version !== version) return false;
  for (let at = 0; at * 32 < bits; at++) {
    if (masked(address.words[at] as number, bits - at * 32) !== words[at]) return false;
  }
  return true;
}

/** Any number of ranges. */
export class AddressSet {
  readonly #v4: readonly Cidr[];
  readonly #v6: readonly Cidr[];
  readonly #hasUnix: boolean;

  /**
   * Takes addresses, ranges, and the names `loopback`, `private` and `unix`. `name` is that of the option.
   *
   * @throws TypeError for what is none of them
   */
  constructor(name: string, list: readonly string[]) {
    if (!Array.isArray(list)) throw unexpected(name, 'a list of addresses and ranges', list);
    const ranges: Cidr[] = [];
    for (const [index, item] of (list as readonly unknown[]).entries()) {
      if (item === UNIX) continue;
      const preset = typeof item === 'string' && Object.hasOwn(PRESETS, item) && PRESETS[item];
      for (const text of preset || [item]) {
        ranges.push(checked(`${name}[${index}]`, text));
      }
    }
    this.#hasUnix = list.includes(UNIX);
    this.#v4 = apart(ranges.filter(({ version }) => version === 4));
    this.#v6 = apart(ranges.filter(({ version }) => version === 6));
  }

  /** True if the address is in. What is no address is in no set; none at all is in one that has `unix`. */
  has(address: IpAddress | string): boolean {
    if (address === '') return this.#hasUnix;
    const parsed = typeof address === 'string' ? parseIpAddress(address) : address;
    if (!parsed) return false;
    const ranges = parsed.version === 4 ? this.#v4 : this.#v6;
    let low = 0;
    let high = ranges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compare((ranges[middle] as Cidr).words, parsed.words) <= 0) low = middle + 1;
      else high = middle;
    }
    return low > 0 && cidrHas(ranges[low - 1] as Cidr, parsed);
  }
}

/** In order, and without those that lie in another: two ranges are never half in each other. */
function apart(ranges: Cidr[]): Cidr[] {
  const kept: Cidr[] = [];
  for (const range of ranges.sort(
    (one, other) => compare(one.words, other.words) || one.bits - other.bits,
  )) {
    const last = kept.at(-1);
    if (!last || !cidrHas(last, range)) kept.push(range);
  }
  return kept;
}

function compare(one: readonly number[], other: readonly number[]): number {
  for (let at = 0; at < one.length; at++) {
    const difference = (one[at] as number) - (other[at] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}

function checked(name: string, text: unknown): Cidr {
  const cidr = typeof text === 'string' ? parseCidr(text) : undefined;
  if (cidr) return cidr;
  throw unexpected(
    name,
    'an address, a range such as 10.0.0.0/8 with no bits behind its prefix, `loopback`, `private` or `unix`',
    text,
  );
}
