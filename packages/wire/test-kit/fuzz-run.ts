/** Runs a property over as many inputs as a suite can afford, or for as many minutes as `FUZZ_MINUTES` says. */
import fc from 'fast-check';
import { escape } from './corpus.ts';

/** How long one property is tried if it is tried long. */
export const FUZZ_MINUTES: number = Number(process.env['FUZZ_MINUTES'] ?? 0);
/** Where the choices of a bounded run come from. A failure prints the seed that it came of. */
const SEED = process.env['FUZZ_SEED'];
const USUAL_SEED = 20_261_122;
/** Inputs of one round of a long run, and of the run that repeats it. */
const ROUND = 3000;

/** The time that a test of one property may take. */
export const FUZZ_TIMEOUT_MS: number = 60_000 + FUZZ_MINUTES * 2 * 60_000;

/** Says what is wrong with what becomes of an input, if anything is. What it counts is added up. */
export type Check<Input = Buffer> = (
  input: Input,
  count: (what: string) => void,
) => Promise<string | undefined>;

/** One property of bytes, or of bytes with what they mean. */
export interface FuzzOptions<Input> {
  /** Inputs of a bounded run. */
  readonly runs: number;
  readonly inputs: fc.Arbitrary<Input>;
  readonly check: Check<Input>;
}

const bounded = (runs: number): { readonly numRuns: number; readonly seed: number } =>
  SEED ? { numRuns: ROUND, seed: Number(SEED) } : { numRuns: runs, seed: USUAL_SEED };

/** How often a property that has no use for `fuzz` is tried: so many times, or for as long as a long run takes. */
export function tries(runs: number): fc.Parameters<unknown> {
  if (FUZZ_MINUTES === 0) return bounded(runs);
  return {
    numRuns: Number.MAX_SAFE_INTEGER,
    plugins: [fc.interruptAfterTimeLimit(FUZZ_MINUTES * 60_000)],
  };
}

/** How often what was counted; `inputs` are all. */
export type Counts = Readonly<Record<string, number>>;

/** Tries a property. Throws with the bytes, as text with escapes, if it does not hold. */
export async function fuzz<Input extends Buffer | { readonly bytes: Buffer }>(
  name: string,
  options: FuzzOptions<Input>,
): Promise<Counts> {
  const counts: Record<string, number> = { inputs: 0 };
  const count = (what: string): void => void (counts[what] = (counts[what] ?? 0) + 1);
  const property = fc.asyncProperty(options.inputs, async (input) => {
    count('inputs');
    const fault = await options.check(input, count);
    if (fault === undefined) return;
    const bytes = input instanceof Uint8Array ? input : input.bytes;
    throw new Error(`input ${counts['inputs']}: ${fault}\n${escape(bytes)}`);
  });
  if (FUZZ_MINUTES === 0) {
    await fc.assert(property, bounded(options.runs));
    return counts;
  }
  const end = performance.now() + FUZZ_MINUTES * 60_000;
  // Each round has a seed of its own, which is printed if it fails.
  while (performance.now() < end) await fc.assert(property, { numRuns: ROUND });
  process.stdout.write(`${name}: ${JSON.stringify(counts)}\n`);
  return counts;
}
