/** It makes no difference in which pieces bytes come, nor what went before them on the connection. */
import { describe, expect, test } from 'vitest';
import { escape, type Seed, seedsOf, unescape } from '../test-kit/corpus.ts';
import { type Check, fuzz, FUZZ_TIMEOUT_MS } from '../test-kit/fuzz-run.ts';
import { requests, responses } from '../test-kit/message-grammar.ts';
import { mutants } from '../test-kit/mutation.ts';
import { everyByte, type Reading, readRequests, readResponses } from '../test-kit/reading.ts';
import { RULE_CASES } from '../test-kit/rule-cases.ts';
import type { LimitOptions } from './message-reader/limits.ts';

const RUNS = 2000;
/** So small that messages go beyond them all the time. */
const NARROW: LimitOptions = {
  maxLineBytes: 24,
  maxHeadBytes: 90,
  maxHeaders: 4,
  maxBodyBytes: 16,
  maxExtensionBytes: 5,
};

type Reader = typeof readRequests;

/** Places to cut at, chosen by the bytes themselves: the same bytes are always cut alike. */
function cutsOf(bytes: Buffer, salt: number): readonly number[] {
  let state = bytes.reduce((hash, byte) => (Math.imul(hash, 31) + byte) | 0, salt);
  const next = (): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) | 0;
    return (state >>> 8) % Math.max(bytes.length, 1);
  };
  return Array.from({ length: 1 + (next() % 6) }, next).sort((one, other) => one - other);
}

/** Says in which pieces bytes are read otherwise than whole. */
function difference(reader: Reader, bytes: Buffer, limits: LimitOptions): string | undefined {
  const whole = JSON.stringify(reader(bytes, { limits }));
  const ways = [everyByte(bytes), ...[1, 2, 3].map((salt) => cutsOf(bytes, salt))];
  for (const cuts of ways) {
    const cut = JSON.stringify(reader(bytes, { limits, cuts }));
    if (cut !== whole) return `cut at ${cuts.join()}: ${cut}\nwhole: ${whole}`;
  }
  return undefined;
}

const isWhole = ({ refused, isCutShort, unfinished }: Reading): boolean =>
  refused === undefined && !isCutShort && unfinished === undefined;

/** Checks pieces, and that a request behind others is read as it is alone. */
function checker(reader: Reader): Check {
  let before: Buffer = Buffer.alloc(0);
  return async (bytes, count) => {
    const alone = reader(bytes);
    count(isWhole(alone) ? 'accepted' : 'other');
    const fault = difference(reader, bytes, {}) ?? difference(reader, bytes, NARROW);
    if (fault !== undefined || reader === readResponses) return fault;
    const both = reader(Buffer.concat([before, bytes]));
    const expected = [...reader(before).messages, ...alone.messages];
    if (
      JSON.stringify(both.messages) !== JSON.stringify(expected) ||
      both.refused !== alone.refused
    )
      return `behind ${before.toString('latin1')}\n${JSON.stringify(both)}`;
    // A line break behind the last one is the beginning of the next.
    if (isWhole(alone) && !alone.isClosed && alone.ends.at(-1) === bytes.length) before = bytes;
    return undefined;
  };
}

const shownSeeds: readonly Seed[] = Object.entries(RULE_CASES).flatMap(([name, cases]) =>
  cases.flatMap(({ pairs }) =>
    pairs.flat().map((text) => ({ name, bytes: Buffer.from(text, 'latin1') })),
  ),
);

test('what a failure prints can be pasted into the corpus', () => {
  const all = Buffer.from(Array.from({ length: 256 }, (_, code) => code));
  expect(escape(all)).toMatch(/^[\x20-\x7e]+$/);
  expect(unescape(escape(all))).toEqual(all);
  for (const { bytes } of [...seedsOf('request'), ...seedsOf('response')]) {
    expect(unescape(`${escape(bytes)}\n`)).toEqual(bytes);
  }
  expect(() => unescape('\\q')).toThrow('There is no escape like');
});

describe.each([
  ['requests', 'request', readRequests, requests],
  ['responses', 'response', readResponses, responses],
] as const)('%s', (what, kind, reader, grammar) => {
  test('of the corpus, cut at every place', { timeout: FUZZ_TIMEOUT_MS }, () => {
    for (const { name, bytes } of seedsOf(kind)) {
      const whole = reader(bytes);
      for (const cuts of [everyByte(bytes), ...everyByte(bytes).map((cut) => [cut])]) {
        expect({ name, cuts, ...reader(bytes, { cuts }) }).toEqual({ name, cuts, ...whole });
      }
      expect(difference(reader, bytes, NARROW)).toBeUndefined();
    }
  });

  test('made from others', { timeout: FUZZ_TIMEOUT_MS }, async () => {
    const inputs = mutants([...seedsOf(kind), ...shownSeeds]);
    const check = checker(reader);
    const { accepted = 0 } = await fuzz(`pieces of mutant ${what}`, { runs: RUNS, inputs, check });
    expect(accepted).toBeGreaterThan(RUNS / 30);
  });

  test('built from a grammar', { timeout: FUZZ_TIMEOUT_MS }, async () => {
    const options = { runs: RUNS, inputs: grammar, check: checker(reader) };
    const { accepted = 0 } = await fuzz(`pieces of ${what} of the grammar`, options);
    expect(accepted).toBeGreaterThan(RUNS / 20);
  });
});
