/** measurePair: answers are checked before anything is measured. */
import { describe, expect, test } from 'vitest';
import { type Effort, measurePair, median } from './paired.ts';
import type { Call, Case, Subject } from './suite.ts';

const effort: Effort = { pairs: 3, sampleMs: 0.1, maxWarmUpMs: 0.1 };

function caseOf(call: Call, synchronous = false): [Case, Subject] {
  const limit = async () => ({ calls: [async (n: unknown) => (n as number) + 1] });
  const subject: Subject = { name: 'mine', kind: 'ours', load: async () => ({ calls: [call] }) };
  const on = { name: 'adding', limit, subjects: [subject], input: () => 1, synchronous };
  return [{ ...on, trials: [{ input: () => 1, answer: 2 }] }, subject];
}

describe('measurePair', () => {
  test('measures a subject beside the limit', async () => {
    const [on, subject] = caseOf((n) => (n as number) + 1);
    const round = await measurePair(on, subject, effort);
    expect(round.ns).toBeGreaterThan(0);
    expect(round.limitNs).toBeGreaterThan(0);
    expect(round.ratio).toBeGreaterThan(0);
    // A promise takes room, a small number takes none.
    expect(round.limitBytes).toBeGreaterThan(round.bytes);
  });

  test('refuses a subject that answers wrongly', async () => {
    const [on, subject] = caseOf(async () => 3);
    await expect(measurePair(on, subject, effort)).rejects.toThrow(
      'In "adding" mine answered 3, expected 2',
    );
  });

  test('refuses a promise where the case is synchronous', async () => {
    const [on, subject] = caseOf(async () => 2, true);
    await expect(measurePair(on, subject, effort)).rejects.toThrow(
      'In "adding" mine returned a promise, expected a value',
    );
  });
});

test('median is the middle, or the mean of the two in the middle', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 3, 2])).toBe(2.5);
});
