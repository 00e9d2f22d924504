/** IP addresses as numbers: strict parsing, one way of writing each, and IPv4 never in its IPv6 dress. */

/** An address as unsigned words of 32 bits: one for IPv4, four for IPv6. */
export interface IpAddress {
  readonly version: 4 | 6;
  readonly words: readonly number[];
}

const DOT = 46;
const COLON = 58;

/**
 * The address that a text is, or `undefined`. IPv4 has four decimal numbers without leading zeros; IPv6 may end in IPv4, and its zone is
 * dropped. What is IPv4 in IPv6 (`::ffff:192.0.2.1`) is the IPv4 address.
 */
export function parseIpAddress(text: string): IpAddress | undefined {
  if (text.includes(':')) return parseV6(text);
  const word = parseV4(text, 0, text.length);
  return word < 0 ? undefined : { version: 4, words: [word] };
}

/** An address as RFC 5952 writes it. */
export function formatIpAddress({ version, words }: IpAddress): string {
  if (version === 4) {
    const [word = 0] = words;
    return `${word >>> 24}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`;
  }
  const groups = words.flatMap((word) => [word >>> 16, word & 0xffff]);
  const { at, length } = longestGap(groups);
  const hex = groups.map((group) => group.toString(16));
  if (length < 2) return hex.join(':');
  return `${hex.slice(0, at).join(':')}::${hex.slice(at + length).join(':')}`;
}

/** The network of an IPv6 address, as whoever has one of its addresses has them all; other texts stay as they are. */
export function networkOf(text: string, bits: number): string {
  if (!text.includes(':')) return text;
  const address = parseIpAddress(text);
  if (!address || address.version === 4) return address ? formatIpAddress(address) : text;
  const words = address.words.map((word, at) => {
    const own = bits - at * 32;
    if (own >= 32) return word;
    return own <= 0 ? 0 : (word & (-1 << (32 - own))) >>> 0;
  });
  return `${formatIpAddress({ version: 6, words })}/${bits}`;
}

/** The longest row of zeros, the first of several. */
function longestGap(groups: readonly number[]): { readonly at: number; readonly length: number } {
  let best = { at: 0, length: 0 };
  for (let at = 0; at < groups.length; at++) {
    let end = at;
    while (groups[end] === 0) end++;
    if (end - at > best.length) best = { at, length: end - at };
    at = end;
  }
  return best;
}

/** The word of an IPv4 address, or -1. */
function parseV4(text: string, from: number, to: number): number {
  let word = 0;
  let at = from;
  for (let part = 0; part < 4; part++) {
    if (part > 0 && text.charCodeAt(at++) !== DOT) return -1;
    const start = at;
    let value = 0;
    for (let digit = digitAt(text, at, to); digit >= 0; digit = digitAt(text, ++at, to)) {
      // A leading zero means octal to some, and so another address.
      if (at > start && value === 0) return -1;
      value = value * 10 + digit;
      if (value > 255) return -1;
    }
    if (at === start) return -1;
    word = word * 256 + value;
  }
  return at === to ? word : -1;
}

function digitAt(text: string, at: number, to: number): number {
  const digit = text.charCodeAt(at) - 48;
  return at < to && digit >= 0 && digit <= 9 ? digit : -1;
}

function hexAt(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (code >= 48 && code <= 57) return code - 48;
  const letter = code | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}

function parseV6(text: string): IpAddress | undefined {
  const zone = text.indexOf('%');
  if (zone === text.length - 1) return undefined;
  const groups = groupsOf(zone < 0 ? text : text.slice(0, zone));
  if (!groups) return undefined;
  const words = [0, 2, 4, 6].map(
    (at) => (groups[at] as number) * 65_536 + (groups[at + 1] as number),
  );
  const isMapped = words[0] === 0 && words[1] === 0 && words[2] === 0xffff;
  return isMapped ? { version: 4, words: words.slice(3) } : { version: 6, words };
}

/** The eight groups of an IPv6 address. */
function groupsOf(text: string): number[] | undefined {
  const groups: number[] = [];
  /** Before which group `::` stands. */
  let gap = -1;
  let at = 0;
  if (text.startsWith('::')) {
    gap = 0;
    at = 2;
  }
  while (at < text.length) {
    const start = at;
    let value = 0;
    for (let digit = hexAt(text, at); digit >= 0 && at - start < 4; digit = hexAt(text, ++at)) {
      value = value * 16 + digit;
    }
    if (text.charCodeAt(at) === DOT) {
      const word = parseV4(text, start, text.length);
      if (word < 0) return undefined;
      groups.push(word >>> 16, word & 0xffff);
      break;
    }
    if (at === start) return undefined;
    groups.push(value);
    if (at === text.length) break;
    if (text.charCodeAt(at++) !== COLON) return undefined;
    if (text.charCodeAt(at) === COLON) {
      if (gap >= 0) return undefined;
      gap = groups.length;
      at++;
    } else if (at === text.length) return undefined;
  }
  if (gap < 0) return groups.length === 8 ? groups : undefined;
  if (groups.length > 7) return undefined;
  groups.splice(gap, 0, ...Array.from({ length: 8 - groups.length }, () => 0));
  return groups;
}
