/** randomId: an identifier that nobody can guess, in the form of a UUID (RFC 9562, version 4). */

const BYTES = 16;
/** Chance is asked for many at once. */
const pool = new Uint8Array(256 * BYTES);
let used = pool.length;

const codeOf = (digit: number): number => '0123456789abcdef'.charCodeAt(digit);
const HIGH: Readonly<Uint8Array> = Uint8Array.from({ length: 256 }, (_, byte) => codeOf(byte >> 4));
const LOW: Readonly<Uint8Array> = Uint8Array.from({ length: 256 }, (_, byte) => codeOf(byte & 15));
/** Where the two digits of each byte stand. */
const PLACES: readonly number[] = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];
const codes: number[] = Array.from('00000000-0000-4000-8000-000000000000', (one) =>
  one.charCodeAt(0),
);

/**
 * Thirty-six characters, of which 122 bits are chance. `crypto.randomUUID` makes the same out of many pieces, which are put together where the
 * text is first read, and that costs more than to make them.
 */
export function randomId(): string {
  if (used === pool.length) {
    crypto.getRandomValues(pool);
    used = 0;
  }
  for (let at = 0; at < BYTES; at++) {
    let byte = pool[used + at] as number;
    // What was given out is not kept.
    pool[used + at] = 0;
    if (at === 6) byte = (byte & 0x0f) | 0x40;
    else if (at === 8) byte = (byte & 0x3f) | 0x80;
    const place = PLACES[at] as number;
    codes[place] = HIGH[byte] as number;
    codes[place + 1] = LOW[byte] as number;
  }
  used += BYTES;
  return String.fromCharCode(...codes);
}
