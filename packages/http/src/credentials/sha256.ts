/** SHA-256 (FIPS 180-4) without waiting: what the web offers for it gives a promise, and would make every check one. */

/** A digest: eight words of 32 bits. */
export type Digest = Int32Array;

const ROUNDS = 64;
const BLOCK_BYTES = 64;
/** The bytes at the end of the last block that tell the length. */
const LENGTH_BYTES = 8;

/** The first `count` primes. */
function primes(count: number): readonly number[] {
  const found: number[] = [];
  for (let one = 2; found.length < count; one++) {
    if (found.every((prime) => one % prime !== 0)) found.push(one);
  }
  return found;
}

/** The first 32 bits of the fraction of a root. */
const fraction = (root: number): number => ((root - Math.floor(root)) * 2 ** 32) | 0;

const FACTORS: Int32Array = Int32Array.from(primes(ROUNDS), (prime) => fraction(Math.cbrt(prime)));
const START: Int32Array = Int32Array.from(primes(8), (prime) => fraction(Math.sqrt(prime)));
const schedule = new Int32Array(ROUNDS);
/** The end of what is digested, with its padding: one block or two. */
const last = new Uint8Array(2 * BLOCK_BYTES);
const scratch = new Uint8Array(1024);
const encoder = new TextEncoder();
/** The two digits of each byte. */
const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, '0'),
);

/** The digest of a text in UTF-8, or of bytes; in the place of another if one is given. */
export function sha256(data: string | Uint8Array, into: Digest = new Int32Array(8)): Digest {
  into.set(START);
  return digestAfter(into, 0, data);
}

/**
 * Digests that only who has the key can make: without it nobody can find out by trying what a digest belongs to. The key is 64 bytes.
 *
 * @throws RangeError for a key of another length
 */
export function keyedSha256(key: Uint8Array): (data: string | Uint8Array, into?: Digest) => Digest {
  if (key.length !== BLOCK_BYTES) throw new RangeError(`Expected \`key\` to be 64 bytes.`);
  const begun = START.slice();
  mix(begun, key, 0);
  return (data, into = new Int32Array(8)) => {
    into.set(begun);
    return digestAfter(into, BLOCK_BYTES, data);
  };
}

/** A digest in hexadecimal, or the first words of it. */
export function hexOf(digest: Digest, words: number = digest.length): string {
  let text = '';
  for (let at = 0; at < words; at++) {
    const word = digest[at] as number;
    text +=
      (HEX[word >>> 24] as string) +
      (HEX[(word >>> 16) & 0xff] as string) +
      (HEX[(word >>> 8) & 0xff] as string) +
      (HEX[word & 0xff] as string);
  }
  return text;
}

/** The digest that such a text is; `undefined` if it is none. */
export function digestOfHex(hex: string): Digest | undefined {
  if (!/^[\da-f]{64}$/i.test(hex)) return undefined;
  return Int32Array.from({ length: 8 }, (_, at) => parseInt(hex.slice(at * 8, at * 8 + 8), 16) | 0);
}

/** True if both are the same. Always looks at every word, so that the time it takes says nothing of where they differ. */
export function equalDigests(one: Digest, other: Digest): boolean {
  let difference = one.length ^ other.length;
  for (let at = 0; at < one.length; at++) difference |= (one[at] as number) ^ (other[at] ?? 0);
  return difference === 0;
}

function digestAfter(state: Digest, before: number, data: string | Uint8Array): Digest {
  let bytes: Uint8Array = scratch;
  let length: number;
  // Of short texts the bytes need no place of their own.
  if (typeof data === 'string' && data.length * 3 <= scratch.length) {
    length = written(data);
  } else {
    bytes = typeof data === 'string' ? encoder.encode(data) : data;
    length = bytes.length;
  }
  const rest = length % BLOCK_BYTES;
  for (let at = 0; at + BLOCK_BYTES <= length; at += BLOCK_BYTES) mix(state, bytes, at);
  last.fill(0);
  for (let at = 0; at < rest; at++) last[at] = bytes[length - rest + at] as number;
  last[rest] = 0x80;
  const end = rest + 1 + LENGTH_BYTES > BLOCK_BYTES ? 2 * BLOCK_BYTES : BLOCK_BYTES;
  const bits = (before + length) * 8;
  for (let at = 1, left = bits; left > 0; at++, left = Math.floor(left / 256)) {
    last[end - at] = left % 256;
  }
  for (let at = 0; at < end; at += BLOCK_BYTES) mix(state, last, at);
  return state;
}

/** Writes a text in UTF-8 where there is room for it; how many bytes it takes. */
function written(text: string): number {
  const { length } = text;
  for (let at = 0; at < length; at++) {
    const code = text.charCodeAt(at);
    if (code > 0x7f) return encoder.encodeInto(text, scratch).written;
    scratch[at] = code;
  }
  return length;
}

/** Takes one block into the state. */
function mix(state: Digest, bytes: Uint8Array, from: number): void {
  for (let word = 0, at = from; word < 16; word++, at += 4) {
    schedule[word] =
      ((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number);
  }
  for (let at = 16; at < ROUNDS; at++) {
    const far = schedule[at - 15] as number;
    const near = schedule[at - 2] as number;
    const small = turned(far, 7) ^ turned(far, 18) ^ (far >>> 3);
    const large = turned(near, 17) ^ turned(near, 19) ^ (near >>> 10);
    schedule[at] =
      ((schedule[at - 16] as number) + small + (schedule[at - 7] as number) + large) | 0;
  }
  let a = state[0] as number;
  let b = state[1] as number;
  let c = state[2] as number;
  let d = state[3] as number;
  let e = state[4] as number;
  let f = state[5] as number;
  let g = state[6] as number;
  let h = state[7] as number;
  for (let at = 0; at < ROUNDS; at++) {
    const chosen = (e & f) ^ (~e & g);
    const high = turned(e, 6) ^ turned(e, 11) ^ turned(e, 25);
    const first = (h + high + chosen + (FACTORS[at] as number) + (schedule[at] as number)) | 0;
    const most = (a & b) ^ (a & c) ^ (b & c);
    const low = turned(a, 2) ^ turned(a, 13) ^ turned(a, 22);
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + low + most) | 0;
  }
  state[0] = ((state[0] as number) + a) | 0;
  state[1] = ((state[1] as number) + b) | 0;
  state[2] = ((state[2] as number) + c) | 0;
  state[3] = ((state[3] as number) + d) | 0;
  state[4] = ((state[4] as number) + e) | 0;
  state[5] = ((state[5] as number) + f) | 0;
  state[6] = ((state[6] as number) + g) | 0;
  state[7] = ((state[7] as number) + h) | 0;
}

const turned = (word: number, by: number): number => (word >>> by) | (word << (32 - by));
