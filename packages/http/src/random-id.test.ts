/** Identifiers that nobody can guess. */
import { expect, test } from 'vitest';
import { randomId } from './random-id.ts';

const MANY = 5000;

test('has the form of a UUID of version 4', () => {
  for (let turn = 0; turn < MANY; turn++) {
    expect(randomId()).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  }
});

test('never comes twice, and every other digit is chance', () => {
  const ids = Array.from({ length: MANY }, randomId);
  expect(new Set(ids).size).toBe(MANY);
  const fixed = new Map([
    [8, 1],
    [13, 1],
    [14, 1],
    [18, 1],
    [19, 4],
    [23, 1],
  ]);
  for (let place = 0; place < 36; place++) {
    const seen = new Map<string, number>();
    for (const id of ids) seen.set(id.charAt(place), (seen.get(id.charAt(place)) ?? 0) + 1);
    const kinds = fixed.get(place) ?? 16;
    expect(seen.size).toBe(kinds);
    // Six times the deviation that chance has.
    const even = MANY / kinds;
    for (const count of seen.values()) {
      expect(Math.abs(count - even)).toBeLessThanOrEqual(kinds === 1 ? 0 : 6 * Math.sqrt(even));
    }
  }
});
