/** Figures of servers: what was measured, held against its targets, as a table and as lines of JSON. */
import { aligned, shown } from '../figures.ts';
import { median } from '../paired.ts';
import { BEST_ON_NODE, type Case, type Contender, type Target } from './case.ts';
import type { Round } from './round.ts';

/** What the rounds of one contender in one case come to. */
export interface Row extends Round {
  readonly case: Case;
  readonly contender: Contender;
  /** The least and the greatest ratio of any round. */
  readonly range: readonly [number, number] | null;
}

/** A target, and what came of it. */
export interface Verdict extends Target {
  readonly case: string;
  readonly subject: string;
  /** Our figure in relation to theirs, or the microseconds in addition. */
  readonly found: number;
  readonly met: boolean;
  /** What the contender is noted with. */
  readonly note: string | undefined;
}

/**
 * The medians of what was found in several rounds. Of latencies at a fixed rate it is the least, as whatever disturbs a round from outside
 * can only add to them.
 */
export function rowOf(on: Case, contender: Contender, rounds: readonly Round[]): Row {
  const of = (key: keyof Round): number => median(rounds.map((round) => round[key] ?? NaN));
  const ratios = rounds.flatMap(({ ratio }) => ratio ?? []);
  const paired = ratios.length > 0;
  const latency = (key: 'p50Us' | 'p99Us'): number =>
    paired ? of(key) : Math.min(...rounds.map((round) => round[key]));
  return {
    case: on,
    contender,
    us: of('us'),
    referenceUs: paired ? of('referenceUs') : null,
    ratio: paired ? of('ratio') : null,
    addedUs: paired ? of('addedUs') : null,
    range: paired ? [Math.min(...ratios), Math.max(...ratios)] : null,
    requestsPerSecond: of('requestsPerSecond'),
    p50Us: latency('p50Us'),
    p99Us: latency('p99Us'),
    lateUs: paired ? null : of('lateUs'),
    residentBytes: of('residentBytes'),
  };
}

/** Holds ours against each target whose other side was measured, too. */
export function judge(rows: readonly Row[]): Verdict[] {
  return rows
    .filter(({ contender }) => contender.kind === 'ours')
    .flatMap((ours) =>
      ours.case.targets.flatMap((target) => {
        const found = against(ours, target, rows);
        if (found === undefined) return [];
        const { name: subject, note } = ours.contender;
        const met = found <= target.atMost;
        return [{ ...target, case: ours.case.name, subject, found, met, note }];
      }),
    );
}

function against(ours: Row, { figure, of }: Target, rows: readonly Row[]): number | undefined {
  const [reference] = ours.case.contenders;
  if (figure === 'added CPU') {
    return ours.contender === reference ? undefined : (ours.addedUs ?? undefined);
  }
  // Each ratio was paired with the reference as it ran beside it.
  if (figure === 'CPU' && of === reference?.name) return ours.ratio ?? undefined;
  const key = figure === 'CPU' ? 'ratio' : 'p99Us';
  const theirs = rows
    .filter((row) => row.case === ours.case)
    .filter(({ contender: { name, kind } }) =>
      of === BEST_ON_NODE ? kind === 'node' : name === of,
    )
    .map((row) => row[key] ?? NaN);
  return theirs.length ? (ours[key] ?? NaN) / Math.min(...theirs) : undefined;
}

const HEAD = [
  'CPU us',
  'reference',
  'ratio',
  'range',
  'req/s',
  'p50 us',
  'p99 us',
  'RSS MB',
  'load late us',
];

/** One table, a block of lines for each case, and what came of the targets. */
export function tableOf(suite: string, rows: readonly Row[]): string {
  const lines: string[][] = [];
  let last: Case | undefined;
  for (const row of rows) {
    if (row.case !== last) lines.push([], [`${suite}: ${row.case.name}`, ...HEAD]);
    last = row.case;
    lines.push([`  ${row.contender.name}`, ...cellsOf(row)]);
  }
  const verdicts = judge(rows);
  const kept = verdicts.filter(({ met }) => met).length;
  const targets = aligned(verdicts.map(lineOf));
  return [
    aligned(lines.slice(1)),
    ...(verdicts.length ? [targets] : []),
    `${kept} of ${verdicts.length} targets met. A ratio is CPU time of all processes of a server in relation to the first of the case, in alternating bursts.\n`,
  ].join('\n\n');
}

function cellsOf(row: Row): string[] {
  return [
    shown(row.us),
    row.referenceUs === null ? '' : shown(row.referenceUs),
    row.ratio === null ? '' : row.ratio.toFixed(2),
    row.range === null ? '' : row.range.map((one) => one.toFixed(2)).join(' to '),
    row.requestsPerSecond.toFixed(0),
    row.p50Us.toFixed(0),
    row.p99Us.toFixed(0),
    (row.residentBytes / 2 ** 20).toFixed(0),
    row.lateUs === null ? '' : row.lateUs.toFixed(0),
  ];
}

function lineOf({ case: name, subject, figure, of, found, atMost, met, note }: Verdict): string[] {
  const added = figure === 'added CPU';
  return [
    added
      ? `${name}: ${subject}, CPU us added to ${of}`
      : `${name}: ${figure} in relation to ${of}`,
    found.toFixed(2),
    `<= ${atMost.toFixed(2)}`,
    met ? 'ok' : `missed by ${Math.ceil((found / atMost - 1) * 100)} %`,
    ...(note === undefined ? [] : [note]),
  ];
}

/** One line of JSON for each contender of each case, and one for each target. */
export function recordsOf(suite: string, rows: readonly Row[]): object[] {
  const figures = rows.map(({ case: { name }, contender, ...found }) => ({
    suite,
    case: name,
    subject: contender.name,
    unit: 'us',
    ...found,
  }));
  return [...figures, ...judge(rows).map((verdict) => ({ suite, ...verdict }))];
}
