/** Figures: what was measured, held against its targets, as rows of a table and as lines of JSON. */
import type { Round } from './paired.ts';
import { medianOf, type Place } from './rounds.ts';
import type { Target } from './suite.ts';

/** One measured number. */
export interface Figure {
  readonly suite: string;
  readonly case: string;
  readonly subject: string;
  /** CPU nanoseconds or heap bytes of one call. */
  readonly unit: 'ns' | 'B';
  readonly median: number;
  /** In relation to the limit; `null` where that is nothing. */
  readonly ratio: number | null;
  /** The least and the greatest ratio of any round. */
  readonly range: readonly [number, number] | null;
  /** What `ratio` or `median` may be at most; it must be ahead of the best peer as well. */
  readonly target: Target | null;
  readonly met: boolean | null;
}

/** A subject's place with the medians of its rounds. */
export interface Row extends Place {
  readonly found: ReturnType<typeof medianOf>;
  /** Ratio to the limit of the best peer in the case. */
  readonly bestPeer: number;
  readonly met: boolean | undefined;
}

/** Nobody can be ahead of others at the limit itself; so near to it they are level. */
const LEVEL = 1.05;

/** Holds what was found against the targets. */
export function judge(places: readonly Place[], rounds: readonly (readonly Round[])[]): Row[] {
  const all = places.map((place, index) => ({ ...place, found: medianOf(rounds[index] ?? []) }));
  return all.map((row) => {
    const peers = all.filter((one) => one.kind === 'peer' && one.caseName === row.caseName);
    const bestPeer = Math.min(...peers.map(({ found }) => found.ratio));
    const {
      ratio = Infinity,
      median = Infinity,
      beyond = Infinity,
      against = {},
    } = row.target ?? {};
    const ahead = row.found.ratio < bestPeer || row.found.ratio <= LEVEL;
    const kept =
      ahead &&
      row.found.ratio <= ratio &&
      row.found.ns <= median &&
      row.found.ns - row.found.limitNs <= beyond &&
      peers.every(
        ({ name, found }) => row.found.ratio <= found.ratio * (against[name] ?? Infinity),
      );
    return { ...row, bestPeer, met: row.kind === 'ours' ? kept : undefined };
  });
}

/** The figures of some rows: the nanoseconds and the bytes of each. */
export function figuresOf(rows: readonly Row[]): Figure[] {
  return rows.flatMap(({ suite, caseName, name, kind, target = {}, found, met }) => {
    const place = { suite, case: caseName, subject: name };
    const { ns, ratio, range, bytes, limitBytes } = found;
    const goal = kind === 'ours' ? target : null;
    const bytesRatio = limitBytes > 0 ? bytes / limitBytes : null;
    return [
      { ...place, unit: 'ns', median: ns, ratio, range, target: goal, met: met ?? null },
      {
        ...place,
        unit: 'B',
        median: bytes,
        ratio: bytesRatio,
        range: null,
        target: null,
        met: null,
      },
    ] satisfies Figure[];
  });
}

/** One table, a block of lines for each case. */
export function tableOf(rows: readonly Row[]): string {
  const head = ['', 'CPU ns', 'limit ns', 'ratio', 'range', 'bytes', 'target', ''];
  const lines: string[][] = [];
  let last: string | undefined;
  for (const row of rows) {
    if (row.caseName !== last) lines.push([], [`${row.suite}: ${row.caseName}`, ...head.slice(1)]);
    last = row.caseName;
    lines.push(lineOf(row));
  }
  const ours = rows.filter(({ met }) => met !== undefined);
  const kept = ours.filter(({ met }) => met).length;
  return `${aligned(lines.slice(1))}\n\n${kept} of ${ours.length} targets met. A ratio is CPU time in relation to hand-written code, paired in one process.\n`;
}

function lineOf({ name, found, target, bestPeer, met }: Row): string[] {
  const { ns, limitNs, ratio, range, bytes } = found;
  const goals = [
    target?.ratio && `<= ${target.ratio.toFixed(2)}`,
    target?.median && `<= ${target.median} ns`,
    target?.beyond && `<= limit + ${target.beyond} ns`,
    ...Object.entries(target?.against ?? {}).map(([peer, share]) => `<= ${share} of ${peer}`),
    met !== undefined && bestPeer < Infinity && `< ${shown(bestPeer)}`,
  ];
  return [
    `  ${name}`,
    shown(ns),
    shown(limitNs),
    ratio.toFixed(2),
    range.map(shown).join(' to '),
    bytes.toFixed(0),
    goals.filter(Boolean).join(', '),
    met === undefined ? '' : met ? 'met' : 'MISSED',
  ];
}

/** One line of JSON each. */
export function linesOf(values: readonly object[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join('');
}

/** Lays out cells in columns; the first to the left, numbers to the right. */
export function aligned(lines: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const line of lines) {
    for (const [at, cell] of line.entries()) widths[at] = Math.max(widths[at] ?? 0, cell.length);
  }
  return lines
    .map((line) =>
      line
        .map((cell, at) => (at ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** A number with as many places as it is worth. */
export function shown(value: number): string {
  return value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
}
