/** Tests of which calls go when a share must. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PRIORITIES, ShedThreshold } from './shed-threshold.ts';

/** After so many calls of each priority, and told to let a share go: how many of each go of as many again. */
function refused(ratio: number, mix: Record<number, number>): Record<number, number> {
  const threshold = new ShedThreshold();
  const priorities = Object.entries(mix).flatMap(([priority, count]) =>
    Array.from({ length: count }, () => Number(priority)),
  );
  for (const priority of priorities) threshold.refuses(priority);
  threshold.set(ratio);
  const gone: Record<number, number> = {};
  for (const priority of priorities) {
    gone[priority] = (gone[priority] ?? 0) + (threshold.refuses(priority) ? 1 : 0);
  }
  return gone;
}

describe('the threshold', () => {
  const mix = { 0: 100, 250: 300, 499: 100 };

  test.each([
    [0, { 0: 0, 250: 0, 499: 0 }],
    [0.1, { 0: 50, 250: 0, 499: 0 }],
    [0.2, { 0: 100, 250: 0, 499: 0 }],
    [0.5, { 0: 100, 250: 150, 499: 0 }],
    [0.8, { 0: 100, 250: 300, 499: 0 }],
    [0.9, { 0: 100, 250: 300, 499: 50 }],
    [1, { 0: 100, 250: 300, 499: 100 }],
  ])(
    'a share of %d takes the least important first, and the highest priority last',
    (ratio, gone) => {
      expect(refused(ratio, mix)).toEqual(gone);
    },
  );

  test('of equals an even share goes, spread over all', () => {
    const threshold = new ShedThreshold();
    for (let call = 0; call < 100; call++) threshold.refuses(250);
    threshold.set(0.25);
    const seen = Array.from({ length: 12 }, () => (threshold.refuses(250) ? 'x' : '-'));
    expect(seen.join('')).toBe('---x---x---x');
  });

  test('whoever is more important than one that stays, stays, whatever the mix', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(PRIORITIES - 1), { minLength: 1, maxLength: 100 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (priorities, ratio) => {
          const threshold = new ShedThreshold();
          for (const priority of priorities) threshold.refuses(priority);
          threshold.set(ratio);
          const gone = priorities.filter((priority) => threshold.refuses(priority));
          const stayed = priorities.filter((priority) => !gone.includes(priority));
          for (const priority of stayed) expect(priority >= Math.max(...gone)).toBe(true);
          // The very share, up to the one call of which a part is owed.
          expect(Math.abs(gone.length - ratio * priorities.length)).toBeLessThan(1 + 1e-9);
        },
      ),
    );
  });

  test('what came long ago counts less and less', () => {
    const threshold = new ShedThreshold();
    for (let call = 0; call < 1000; call++) threshold.refuses(10);
    for (let interval = 0; interval < 20; interval++) {
      for (let call = 0; call < 10; call++) threshold.refuses(400);
      threshold.set(0.5);
    }
    expect(threshold.level).toBe(400);
    threshold.clear();
    threshold.set(1);
    expect([threshold.level, threshold.refuses(0)]).toEqual([0, false]);
  });
});
