/** Headers and queries as records may keep them: a secret is told by its size and a digest that only this process can make. */
import { isSecret } from '@interpose/kernel/redact';
import { hexOf, keyedSha256 } from '../credentials/sha256.ts';

/** Names that sound like a secret and are none. */
const PLAIN: readonly string[] = [
  'access-control-allow-credentials',
  'proxy-authenticate',
  'www-authenticate',
];
/** Their values are addresses, and the query of an address may have secrets. */
const ADDRESSES: readonly string[] = ['content-location', 'location', 'referer'];
/** More of a value is not digested; its size tells the rest. */
const MOST_DIGESTED = 2048;
/** Names come from outside; so many are remembered. */
const MOST_NAMES = 500;
/** 32 bits each. */
const WORDS = 2;

type Kind = 'plain' | 'address' | 'secret';

let digest: ReturnType<typeof keyedSha256> | undefined;
const scratch = new Int32Array(8);

/** What stands in the place of a secret: the same for the same value as long as the process lives, and of no use elsewhere. */
export function cleaned(value: string): string {
  if (value.length > LONGEST_REMEMBERED) return digested(value);
  const mark = markOf(value);
  const known = remembered.get(mark);
  if (known !== undefined) return known;
  if (remembered.size === MOST_REMEMBERED) remembered.clear();
  const text = digested(value);
  remembered.set(mark, text);
  return text;
}

/** The same clients bring the same secrets; what stands for them is kept, by a mark that the secret cannot be read from. */
const remembered = new Map<number, string>();
const MOST_REMEMBERED = 1000;
const LONGEST_REMEMBERED = 512;
let seeds: Int32Array | undefined;

/** 53 bits that depend on every character and on chance. */
function markOf(value: string): number {
  seeds ??= crypto.getRandomValues(new Int32Array(4));
  let one = (seeds[0] as number) ^ value.length;
  let other = seeds[1] as number;
  const [, , by, also] = seeds as unknown as readonly [number, number, number, number];
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at);
    one = Math.imul(one ^ code ^ (other >>> 7), by | 1);
    other = Math.imul(other ^ code ^ (one >>> 9), also | 1);
  }
  one = Math.imul(one ^ (one >>> 16), 0x85ebca6b) ^ Math.imul(other ^ (other >>> 13), 0xc2b2ae35);
  other = Math.imul(other ^ (other >>> 16), 0x85ebca6b) ^ Math.imul(one ^ (one >>> 13), 0xc2b2ae35);
  return (other & 0x1fffff) * 2 ** 32 + (one >>> 0);
}

function digested(value: string): string {
  digest ??= keyedSha256(crypto.getRandomValues(new Uint8Array(64)));
  const hash = hexOf(digest(value.slice(0, MOST_DIGESTED), scratch), WORDS);
  return `data cleaned: (size: ${value.length}, hash: ${hash})`;
}

/** Takes secrets out of headers and queries. */
export class Redactor {
  readonly #secrets: ReadonlySet<string>;
  readonly #kinds = new Map<string, Kind>();

  /** @param secretNames names of headers, cookies and parameters that are secret though they do not sound like it */
  constructor(secretNames: Iterable<string> = []) {
    this.#secrets = new Set(Array.from(secretNames, (name) => name.toLowerCase()));
  }

  /** Names and values in turn, in an array of their own. */
  headers(raw: readonly string[]): string[] {
    const safe = raw.slice();
    for (let at = 0; at + 1 < safe.length; at += 2) {
      const kind = this.#kindOf(safe[at] as string);
      if (kind === 'plain') continue;
      const value = safe[at + 1] as string;
      safe[at + 1] = kind === 'secret' ? cleaned(value) : this.address(value);
    }
    return safe;
  }

  /** A query with its `?`. */
  query(search: string): string {
    if (search.length < 2) return search;
    const parameters = search.slice(1).split('&');
    return `?${parameters.map((parameter) => this.#parameter(parameter)).join('&')}`;
  }

  /** An address with whatever its query has. */
  address(text: string): string {
    const safe = text.replace(/(?<=\/\/)[^\s/?#]+(?=@)/, cleaned);
    const [before, fragment] = halves(safe, '#');
    const [path, search] = halves(before, '?');
    const shown = search === undefined ? path : path + this.query(`?${search}`);
    // A fragment is a query to those who hand on tokens in it.
    return fragment === undefined ? shown : `${shown}#${this.query(`?${fragment}`).slice(1)}`;
  }

  #parameter(parameter: string): string {
    const [name, value] = halves(parameter, '=');
    const isHidden = value !== undefined && this.#kindOf(unescaped(name)) === 'secret';
    return isHidden ? `${name}=${cleaned(value)}` : parameter;
  }

  #kindOf(name: string): Kind {
    const known = this.#kinds.get(name);
    if (known) return known;
    const lower = name.toLowerCase();
    const isHidden = this.#secrets.has(lower) || (isSecret(lower) && !PLAIN.includes(lower));
    const kind = isHidden ? 'secret' : ADDRESSES.includes(lower) ? 'address' : 'plain';
    if (this.#kinds.size < MOST_NAMES) this.#kinds.set(name, kind);
    return kind;
  }
}

function halves(text: string, at: string): readonly [string, string | undefined] {
  const index = text.indexOf(at);
  return index < 0 ? [text, undefined] : [text.slice(0, index), text.slice(index + 1)];
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}
