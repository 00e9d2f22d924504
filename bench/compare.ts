/** compare: measures the working tree against another commit, by turns in fresh processes. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { aligned, linesOf, shown } from './figures.ts';
import { median } from './paired.ts';
import { type Bundle, inLanes, measure, type Place, placesOf, type Plan } from './rounds.ts';

/** How to compare. */
export interface CompareOptions {
  readonly bundle: Bundle;
  readonly suites: readonly string[];
  readonly plan: Plan;
  readonly json: boolean;
}

/** What a subject cost then and costs now. */
interface Change {
  readonly suite: string;
  readonly case: string;
  readonly subject: string;
  /** Ratio to the limit in the other commit. */
  readonly then: number;
  /** Ratio to the limit in the working tree. */
  readonly now: number;
  /** The median over the rounds of now / then; below 1 is faster. */
  readonly ratio: number;
  readonly range: readonly [number, number];
}

/** Measures all of our own subjects in both trees with the benches of this one; gives the text of a table or JSON. */
export async function compare(rev: string, options: CompareOptions): Promise<string> {
  const { bundle, plan, json } = options;
  const now = await bundle('child.ts');
  const tree = checkOut(rev);
  const then = await bundle('child.ts', tree).catch((error: Error) => {
    throw new Error(`The benches do not fit the packages of ${rev}. ${error.message}`, {
      cause: error,
    });
  });
  const places: Place[] = [];
  for (const suite of options.suites) {
    const all = await placesOf(now, suite, plan);
    places.push(...all.filter(({ kind }) => kind === 'ours' || kind === 'variant'));
  }
  const pairs: { then: number; now: number }[][] = places.map(() => []);
  const tasks = Array.from({ length: plan.rounds }, (_, round) =>
    places.map((place, index) => async () => {
      const found = { then: NaN, now: NaN };
      const order = [['then', then] as const, ['now', now] as const];
      for (const [time, program] of round % 2 ? order.reverse() : order) {
        const [measured] = await measure(program, [place], plan.effort);
        found[time] = measured?.ratio ?? NaN;
      }
      pairs[index]?.push(found);
    }),
  );
  await inLanes(tasks.flat());
  const changes = places.map((place, index) => changeOf(place, pairs[index] ?? []));
  return json ? linesOf(changes) : tableOf(changes, rev);
}

/** A worktree of another commit, removed when the process ends. */
function checkOut(rev: string): string {
  const git = (...args: string[]): string =>
    execFileSync('git', args, {
      // The bundle that this is a part of lies three folders down, and is gone by the time the tree is removed.
      cwd: join(import.meta.dirname, '..', '..', '..'),
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  let commit: string;
  try {
    commit = git('rev-parse', '--verify', '--end-of-options', `${rev}^{commit}`).trim();
  } catch {
    throw new TypeError(`There is no commit \`${rev}\`.`);
  }
  const folder = mkdtempSync(join(tmpdir(), 'bench-compare-'));
  const tree = join(folder, 'tree');
  process.on('exit', () => {
    rmSync(folder, { recursive: true, force: true });
    git('worktree', 'prune');
  });
  git('worktree', 'add', '--detach', tree, commit);
  return tree;
}

function changeOf(place: Place, pairs: readonly { then: number; now: number }[]): Change {
  const ratios = pairs.map((pair) => pair.now / pair.then);
  return {
    suite: place.suite,
    case: place.caseName,
    subject: place.name,
    then: median(pairs.map((pair) => pair.then)),
    now: median(pairs.map((pair) => pair.now)),
    ratio: median(ratios),
    range: [Math.min(...ratios), Math.max(...ratios)],
  };
}

function tableOf(changes: readonly Change[], rev: string): string {
  const lines = changes.map(({ suite, then, now, ratio, range, ...place }) => [
    `${suite}: ${place.case} / ${place.subject}`,
    then.toFixed(2),
    now.toFixed(2),
    ratio.toFixed(2),
    range.map(shown).join(' to '),
  ]);
  const head = ['CPU time in relation to hand-written code', rev, 'now', 'now / then', 'range'];
  return `${aligned([head, ...lines])}\n`;
}
