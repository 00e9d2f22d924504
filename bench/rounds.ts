/** Runs every subject in fresh processes, several rounds in changing order, and makes figures of what they found. */
import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import type { CaseOutline, Task } from './child.ts';
import { type Effort, median, type Round } from './paired.ts';
import type { Kind, Target } from './suite.ts';

const run = promisify(execFile);

/** Bundles a file of this folder against a source tree; gives the path of the bundle. */
export type Bundle = (entry: string, tree?: string) => Promise<string>;

/** How thoroughly to measure, and what. */
export interface Plan {
  readonly rounds: number;
  /** Each subject in a process of its own, so that none disturbs another; otherwise each case. */
  readonly apart: boolean;
  readonly effort: Effort;
  /** Only cases or subjects with this in `case / subject`; the empty text is in all. */
  readonly only: string;
}

/** A thorough plan; a whole suite takes minutes. */
export const thorough: Plan = {
  rounds: 4,
  apart: true,
  effort: { pairs: 7, sampleMs: 35, maxWarmUpMs: 10_000 },
  only: '',
};

/** Only sees that everything runs and answers rightly; its numbers mean nothing. */
export const quick: Plan = {
  rounds: 1,
  apart: false,
  effort: { pairs: 1, sampleMs: 0.1, maxWarmUpMs: 0.1 },
  only: '',
};

/** One subject of one case, and where it is to be found. */
export interface Place extends Pick<Task, 'suite' | 'case'> {
  readonly subject: number;
  readonly caseName: string;
  readonly name: string;
  readonly kind: Kind;
  readonly target?: Target;
}

/** Asks a process made of `program` something. */
async function ask<T>(program: string, about: Partial<Task>): Promise<T> {
  // No environment of the caller's may change how the measured process is compiled or collected.
  const { NODE_OPTIONS: _, ...env } = process.env;
  const args = [program, JSON.stringify(about)];
  try {
    return JSON.parse((await run(process.execPath, args, { env })).stdout) as T;
  } catch (error) {
    throw new Error((error as { stderr?: string }).stderr?.trim() || String(error), {
      cause: error,
    });
  }
}

/** Everything that the plan asks for in a suite. */
export async function placesOf(program: string, suite: string, { only }: Plan): Promise<Place[]> {
  const cases = await ask<CaseOutline[]>(program, { suite });
  return cases
    .flatMap(({ name: caseName, subjects }, index) =>
      subjects.map((one, subject) => ({ ...one, suite, case: index, subject, caseName })),
    )
    .filter(({ caseName, name }) => `${caseName} / ${name}`.includes(only));
}

/** Measures subjects of one case once, in a fresh process. */
export async function measure(
  program: string,
  places: readonly [Place, ...Place[]],
  effort: Effort,
): Promise<Round[]> {
  const [{ suite, case: at }] = places;
  const subjects = places.map(({ subject }) => subject);
  return ask<Round[]>(program, { suite, case: at, subjects, effort });
}

/** Runs tasks, as many at a time as there are processors; with one at a time half the machine would idle. */
export async function inLanes(tasks: readonly (() => Promise<void>)[]): Promise<void> {
  let at = 0;
  const lane = async (): Promise<void> => {
    for (let task = tasks[at++]; task; task = tasks[at++]) {
      await task().catch((error: unknown) => {
        // What is not begun yet is left.
        at = tasks.length;
        throw error;
      });
      if (process.stderr.isTTY) process.stderr.write(`\r${at} of ${tasks.length} \r`);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, lane));
}

/** All rounds of each place, in the order of the places. Each round starts at another place. */
export async function measureAll(
  program: string,
  places: readonly Place[],
  { rounds, apart, effort }: Plan,
): Promise<Round[][]> {
  const found = new Map<Place, Round[]>(places.map((place) => [place, []]));
  const groups: [Place, ...Place[]][] = [];
  for (const place of places) {
    const last = groups.at(-1);
    if (!apart && last?.[0].caseName === place.caseName) last.push(place);
    else groups.push([place]);
  }
  const tasks = Array.from({ length: rounds }, (_, round) => {
    const first = Math.floor((round * groups.length) / rounds);
    return [...groups.slice(first), ...groups.slice(0, first)].map((group) => async () => {
      const measured = await measure(program, group, effort);
      for (const [at, place] of group.entries()) found.get(place)?.push(measured[at] as Round);
    });
  });
  await inLanes(tasks.flat());
  return [...found.values()];
}

/** The medians of some rounds. */
export function medianOf(rounds: readonly Round[]): Round & { readonly range: [number, number] } {
  const of = (key: keyof Round): number => median(rounds.map((round) => round[key]));
  const ratios = rounds.map(({ ratio }) => ratio);
  return {
    ns: of('ns'),
    limitNs: of('limitNs'),
    ratio: of('ratio'),
    bytes: of('bytes'),
    limitBytes: of('limitBytes'),
    range: [Math.min(...ratios), Math.max(...ratios)],
  };
}
