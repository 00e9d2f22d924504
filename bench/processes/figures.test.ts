/** Figures of servers: medians, targets and how they are told. */
import { describe, expect, test } from 'vitest';
import { BEST_ON_NODE, type Case, type Contender, type Kind, type Target } from './case.ts';
import { judge, recordsOf, type Row, rowOf, tableOf } from './figures.ts';
import type { Round } from './round.ts';

const contender = (name: string, kind: Kind): Contender => ({
  name,
  kind,
  launch: async () => ({ command: ['true'] }),
});

const reference = contender('reference', 'other');
const ours = contender('ours', 'ours');
const peer = contender('peer', 'node');
const slower = contender('slower peer', 'node');

function caseOf(...targets: readonly Target[]): Case {
  return {
    name: 'adding',
    kind: 'capacity',
    contenders: [reference, ours, peer, slower],
    asked: [{ path: '/' }],
    connections: 1,
    targets,
  };
}

function round(ratio: number | null, p99Us = 1000): Round {
  return {
    us: (ratio ?? 1) * 20,
    referenceUs: ratio === null ? null : 20,
    ratio,
    addedUs: ratio === null ? null : ratio * 20 - 20,
    requestsPerSecond: 1000,
    p50Us: 100,
    p99Us,
    lateUs: ratio === null ? 7 : null,
    residentBytes: 50 * 2 ** 20,
  };
}

function rowsOf(on: Case, rounds: ReadonlyMap<Contender, Round>): Row[] {
  return [...rounds].map(([one, found]) => rowOf(on, one, [found]));
}

describe('rowOf', () => {
  test('takes medians, and the range of the ratios', () => {
    const row = rowOf(caseOf(), ours, [round(0.5, 900), round(0.9, 3000), round(0.6, 1000)]);
    expect(row).toMatchObject({ ratio: 0.6, us: 12, referenceUs: 20, p99Us: 1000 });
    expect(row.range).toEqual([0.5, 0.9]);
    expect(row.lateUs).toBeNull();
  });

  test('takes the least latencies of a load at a fixed rate', () => {
    const row = rowOf(caseOf(), ours, [round(null, 900), round(null, 3000), round(null, 1000)]);
    expect(row).toMatchObject({ ratio: null, range: null, p99Us: 900, lateUs: 7 });
  });
});

describe('judge', () => {
  const found = new Map([
    [reference, round(1.1, 800)],
    [ours, round(0.6, 1500)],
    [peer, round(2, 1200)],
    [slower, round(4, 1600)],
  ]);

  test.each<[Target, number, boolean]>([
    [{ figure: 'CPU', of: 'reference', atMost: 0.6 }, 0.6, true],
    [{ figure: 'CPU', of: 'reference', atMost: 0.55 }, 0.6, false],
    [{ figure: 'CPU', of: 'peer', atMost: 0.3 }, 0.3, true],
    [{ figure: 'CPU', of: 'slower peer', atMost: 0.1 }, 0.15, false],
    [{ figure: 'CPU', of: BEST_ON_NODE, atMost: 0.5 }, 0.3, true],
    [{ figure: 'p99', of: 'slower peer', atMost: 1 }, 0.9375, true],
    [{ figure: 'p99', of: BEST_ON_NODE, atMost: 1 }, 1.25, false],
  ])('%j: %s is met: %s', (target, value, met) => {
    const on = caseOf(target);
    expect(judge(rowsOf(on, found))).toEqual([
      { ...target, case: 'adding', subject: 'ours', found: value, met },
    ]);
  });

  test('microseconds in addition to the reference are judged for all of ours but the reference', () => {
    const target: Target = { figure: 'added CPU', of: 'ours', atMost: 3 };
    const more = { ...contender('with more', 'ours'), note: 'seen elsewhere: 7' };
    const on = { ...caseOf(target), contenders: [ours, more] };
    const rows = rowsOf(
      on,
      new Map([
        [ours, round(1.01)],
        [more, round(1.2)],
      ]),
    );
    const verdict = { ...target, case: 'adding', subject: 'with more', met: false };
    expect(judge(rows)).toEqual([
      { ...verdict, found: expect.closeTo(4), note: 'seen elsewhere: 7' },
    ]);
    expect(tableOf('http', rows)).toMatch(
      /^adding: with more, CPU us added to ours +4\.00 +<= 3\.00 +missed by 34 % +seen elsewhere: 7$/m,
    );
  });

  test('says nothing of what was not measured', () => {
    const on = caseOf({ figure: 'CPU', of: 'peer', atMost: 1 });
    expect(judge(rowsOf(on, new Map([[ours, round(1)]])))).toEqual([]);
  });

  test('the table and the records have every row and every target', () => {
    const on = caseOf(
      { figure: 'CPU', of: 'reference', atMost: 0.5 },
      { figure: 'p99', of: BEST_ON_NODE, atMost: 2 },
    );
    const table = tableOf('wire', rowsOf(on, found));
    expect(table).toMatch(/^wire: adding +CPU us +reference +ratio +range +req\/s/);
    expect(table).toMatch(/^ {2}ours +12\.0 +20\.0 +0\.60 +0\.60 to 0\.60 +1000 +100 +1500 +50$/m);
    expect(table).toMatch(/CPU in relation to reference +0\.60 +<= 0\.50 +missed by 20 %/);
    expect(table).toMatch(/p99 in relation to the best on Node +1\.25 +<= 2\.00 +ok/);
    expect(table).toContain('1 of 2 targets met.');
    expect(recordsOf('wire', rowsOf(on, found))).toHaveLength(6);
    expect(recordsOf('wire', rowsOf(on, found))[1]).toMatchObject({
      subject: 'ours',
      unit: 'us',
      us: 12,
    });
  });
});
