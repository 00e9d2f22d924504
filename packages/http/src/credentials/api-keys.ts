/** ApiKeys: the keys that let in, kept as digests only. */
import { outOfRange, unexpected } from '@interpose/kernel/options';
import { type Digest, digestOfHex, equalDigests, sha256 } from './sha256.ts';

/** How a key is written that is a digest already. */
const DIGEST = /^sha256:(.*)$/is;

const scratch = new Int32Array(8);

/** The keys that let in. Several at once let an old one live on until everyone has the new one. */
export class ApiKeys {
  #digests: readonly Digest[] = [];

  /** @throws TypeError or RangeError for keys that are none */
  constructor(keys: readonly string[] = []) {
    this.replace(keys);
  }

  /** True if there is no key; then nothing fits. */
  get isEmpty(): boolean {
    return this.#digests.length === 0;
  }

  /**
   * Puts other keys in place, each as it is or as `sha256:` and its digest in hexadecimal. If one of them is none, nothing changes.
   *
   * @throws TypeError or RangeError for keys that are none
   */
  replace(keys: readonly string[]): void {
    if (!Array.isArray(keys)) throw unexpected('keys', 'a list of texts', keys);
    this.#digests = keys.map(digestOf);
  }

  /** True if it is one of the keys. All are compared, whichever fits, so that the time it takes says nothing of them. */
  has(key: string): boolean {
    const digest = sha256(key, scratch);
    let found = false;
    for (const own of this.#digests) if (equalDigests(own, digest)) found = true;
    return found && !isBlank(key);
  }
}

/** True for what is no key: nothing, or nothing but spaces. */
export function isBlank(key: string | undefined): boolean {
  return key === undefined || key.trim() === '';
}

function digestOf(key: unknown): Digest {
  // What was given stays out of the errors: it may be a secret all the same.
  if (typeof key !== 'string') throw unexpected('keys', 'a list of texts', typeof key);
  if (isBlank(key)) throw outOfRange('keys', 'keys that are not blank', '');
  const hex = DIGEST.exec(key)?.[1];
  if (hex === undefined) return sha256(key);
  const digest = digestOfHex(hex);
  if (!digest) throw outOfRange('keys', 'keys or `sha256:` and 64 hexadecimal digits', 'sha256:…');
  return digest;
}
