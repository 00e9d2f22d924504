/** Runs many files of others, a few at a time, and judges what becomes of them. */
import { availableParallelism } from 'node:os';
import { runFile } from './file-run.ts';
import {
  ALL,
  type Exceptions,
  judge,
  type Judged,
  type Known,
  type OurLane,
  type Results,
} from './record.ts';
import type { Laid, TestFile } from './suites.ts';

/** How a file is called on the lists. */
export const nameOf = ({ suite, path }: TestFile): string => `${suite}/${path}`;

/** Does something for each file. */
export async function forEach(
  files: readonly TestFile[],
  run: (file: TestFile) => Promise<void>,
): Promise<void> {
  const rest = [...files];
  const next = async (): Promise<void> => {
    for (let file = rest.shift(); file; file = rest.shift()) await run(file);
  };
  await Promise.all(Array.from({ length: availableParallelism() + 1 }, next));
}

/** What the runs are held against. */
export interface Lists {
  readonly results: Results;
  readonly exceptions: Exceptions;
}

/** Runs files in a lane. Who fails is given a second chance, when no others press any more. */
export async function runLane(
  laid: Laid,
  lane: OurLane,
  files: readonly TestFile[],
  lists: Lists,
): Promise<ReadonlyMap<string, Judged>> {
  const judged = new Map<string, Judged>();
  const again: TestFile[] = [];
  const run = async (file: TestFile): Promise<void> => {
    const known = knownOf(nameOf(file), lane, lists);
    judged.set(
      known.file,
      ALL in known.excepted ? notRun(known) : judge(await runFile(laid, file, lane), known),
    );
  };
  await forEach(files, async (file) => {
    await run(file);
    if (judged.get(nameOf(file))?.wrong.length) again.push(file);
  });
  for (const file of again) await run(file);
  return judged;
}

function knownOf(file: string, lane: OurLane, { results, exceptions }: Lists): Known {
  return {
    file,
    passedOnNode: results.files[file]?.passedOnNode ?? 0,
    failOnNode: results.failOnNode,
    excepted: exceptions[lane][file] ?? {},
  };
}

function notRun({ passedOnNode }: Known): Judged {
  return { record: { passed: 0, excepted: passedOnNode, carried: 0 }, isOurs: true, wrong: [] };
}
