/** seededRandom: chance that falls the same way in every run. */
import { checkWhole, outOfRange } from '@interpose/kernel/options';

const LARGEST_SEED = 2 ** 32 - 1;

/**
 * Random numbers from 0 up to, but not including, 1; the same ones for the same seed. For tests only: whoever sees one
 * number knows all that follow.
 *
 * The algorithm is SplitMix (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014) in 32 bits:
 * a counter that goes up by the golden ratio, mixed by the last step of MurmurHash3 (Appleby, 2011). It repeats after
 * 2^32 numbers, among which each one occurs once.
 *
 * @throws TypeError or RangeError if the seed is no whole number from 0 to 2^32 - 1
 * @example
 * const policy = retry({ random: seededRandom(1) });
 */
export function seededRandom(seed: number): () => number {
  let counter = checkWhole('seed', seed);
  if (counter > LARGEST_SEED)
    throw outOfRange('seed', `a whole number up to ${LARGEST_SEED}`, seed);
  return () => {
    counter = (counter + 0x9e3779b9) | 0;
    let mixed = Math.imul(counter ^ (counter >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
  };
}
