/** Runs a property over as many inputs as a suite can afford, or for as many minutes as `FUZZ_MINUTES` says. */
import fc from 'fast-check';
import { escape } from './corpus.ts';

/** How long one property is tried if it is tried long. */
export const FUZZ_MINUTES: number = Number(process.env['FUZZ_MINUTES'] ?? 0);
/** Where the choices of a bounded run come from. A failure prints the seed that it came of. */
const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_122);
/** Inputs of one round of a long run. */
const ROUND = 5000;

/** The time that a test of one property may take. */
export const FUZZ_TIMEOUT_MS: number = 180_000 + FUZZ_MINUTES * 2 * 60_000;

/** Says what is wrong with what becomes of the bytes, if anything is. What it counts is added up. */
export type Check = (bytes: Buffer, count: (what: string) => void) => Promise<string | undefined>;

/** One property of bytes. */
export interface FuzzOptions {
  /** Inputs of a bounded run. */
  readonly runs: number;
  readonly inputs: fc.Arbitrary<Buffer>;
  readonly check: Check;
}

/** How often what was counted; `inputs` are all. */
export type Counts = Readonly<Record<string, number>>;

/** Tries a property. Throws with the bytes, as text with escapes, if it does not hold. */
export async function fuzz(name: string, options: FuzzOptions): Promise<Counts> {
  const counts: Record<string, number> = { inputs: 0 };
  const count = (what: string): void => void (counts[what] = (counts[what] ?? 0) + 1);
  const property = fc.asyncProperty(options.inputs, async (bytes) => {
    count('inputs');
    const fault = await options.check(bytes, count);
    if (fault === undefined) return;
    throw new Error(`input ${counts['inputs']}: ${fault}\n${escape(bytes)}`);
  });
  if (FUZZ_MINUTES === 0) {
    await fc.assert(property, { numRuns: options.runs, seed: SEED });
    return counts;
  }
  const end = performance.now() + FUZZ_MINUTES * 60_000;
  for (let round = 0; performance.now() < end; round++) {
    // The time of the day is where a long run gets its luck from; the seed is printed if it fails.
    await fc.assert(property, { numRuns: ROUND, seed: (SEED + Date.now()) | 0 });
  }
  process.stdout.write(`${name}: ${JSON.stringify(counts)}\n`);
  return counts;
}
