/** judge: what is met and what is missed. */
import { expect, test } from 'vitest';
import { figuresOf, judge, tableOf } from './figures.ts';
import type { Round } from './paired.ts';
import type { Place } from './rounds.ts';
import type { Kind, Target } from './suite.ts';

function judged(
  ...subjects: [kind: Kind, ratio: number, target?: Target][]
): ReturnType<typeof judge> {
  const places = subjects.map(([kind, , target], subject): Place => {
    const place = { suite: 's', case: 0, subject, caseName: 'c', name: `${kind} ${subject}`, kind };
    return target ? { ...place, target } : place;
  });
  const rounds = subjects.map(([, ratio]): Round[] =>
    [ratio - 0.1, ratio, ratio + 0.1].map((one) => ({
      ns: one * 100,
      limitNs: 100,
      ratio: one,
      bytes: 10,
      limitBytes: 20,
    })),
  );
  return judge(places, rounds);
}

test.each<[string, boolean, number, Target, number]>([
  ['below its ratio and ahead of the peer', true, 1.2, { ratio: 1.3 }, 1.5],
  ['above its ratio', false, 1.4, { ratio: 1.3 }, 1.5],
  ['below its nanoseconds', true, 1.2, { median: 130 }, 1.5],
  ['above its nanoseconds', false, 1.4, { median: 130 }, 1.5],
  ['near enough to the limit', true, 1.2, { beyond: 21 }, 1.5],
  ['too far from the limit', false, 1.2, { beyond: 19 }, 1.5],
  ['below its share of the peer', true, 1.2, { against: { 'peer 1': 0.5 } }, 2.5],
  ['above its share of the peer', false, 1.2, { against: { 'peer 1': 0.5 } }, 2.3],
  ['behind the peer', false, 1.2, { ratio: 1.3 }, 1.1],
  ['level with the peer at the limit', true, 1.02, {}, 1.01],
])('a subject of ours that is %s: met is %s', (_, met, ratio, target, peer) => {
  expect(judged(['ours', ratio, target], ['peer', peer])[0]?.met).toBe(met);
});

test('figures carry the median of the rounds, its range and what it was held against', () => {
  const rows = judged(['ours', 1.2, { ratio: 1.3 }], ['variant', 3], ['peer', 1.5]);
  expect(figuresOf(rows).slice(0, 3)).toEqual([
    {
      suite: 's',
      case: 'c',
      subject: 'ours 0',
      unit: 'ns',
      median: 120,
      ratio: 1.2,
      range: [1.0999999999999999, 1.3],
      target: { ratio: 1.3 },
      met: true,
    },
    {
      suite: 's',
      case: 'c',
      subject: 'ours 0',
      unit: 'B',
      median: 10,
      ratio: 0.5,
      range: null,
      target: null,
      met: null,
    },
    expect.objectContaining({ subject: 'variant 1', unit: 'ns', target: null, met: null }),
  ]);
  expect(tableOf(rows)).toContain('1 of 1 targets met.');
});
