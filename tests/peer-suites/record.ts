/** What is on record of the suites: how many tests of each file pass, and which ones may fail for what reason. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FileRun, Lane } from './file-run.ts';

/** The lanes in which something of ours carries. */
export type OurLane = Exclude<Lane, 'node'>;
export const OUR_LANES: readonly OurLane[] = ['server', 'pool'];

/** One file in one lane. */
export interface LaneRecord {
  readonly passed: number;
  /** Tests that may fail, or are not run. */
  readonly excepted: number;
  /** Tests that pass and during which our engine carried something. */
  readonly carried: number;
}

/** One file: how many of its tests pass on Node, and the lanes in which our engine carries anything of it. */
export interface FileRecord extends Partial<Record<OurLane, LaneRecord>> {
  readonly passedOnNode: number;
}

/** All that is on record. */
export interface Results {
  /** The major version of Node that it was recorded with. */
  readonly node: number;
  /** Files during whose tests no request comes to a server of `node:http`. */
  readonly filesWithoutRequests: number;
  /** Tests that fail on Node too, and count nowhere. */
  readonly failOnNode: readonly string[];
  /** By package and path. */
  readonly files: Readonly<Record<string, FileRecord>>;
}

/** For each file, tests by name, `*` for all of them, with the key of the reason. */
type Excepted = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Tests that pass on Node and not on our engine. */
export interface Exceptions extends Readonly<Record<OurLane, Excepted>> {
  readonly reasons: Readonly<Record<string, string>>;
}

const RESULTS = join(import.meta.dirname, 'results.json');
const EXCEPTIONS = join(import.meta.dirname, 'exceptions.json');

/** Reads the list of results. */
export function readResults(): Results {
  return JSON.parse(readFileSync(RESULTS, 'utf8')) as Results;
}

/** Writes the list of results. */
export function writeResults(results: Results): void {
  writeFileSync(RESULTS, `${JSON.stringify(results, null, 2)}\n`);
}

/** Reads the list of exceptions. */
export function readExceptions(): Exceptions {
  return JSON.parse(readFileSync(EXCEPTIONS, 'utf8')) as Exceptions;
}

/** What a run amounts to, and what about it is not as it should be. */
export interface Judged {
  readonly record: LaneRecord;
  /** Whether the file says anything of our engine. */
  readonly isOurs: boolean;
  readonly wrong: readonly string[];
}

/** What is known of a file before it is run. */
export interface Known {
  /** By package and path. */
  readonly file: string;
  readonly passedOnNode: number;
  readonly failOnNode: readonly string[];
  readonly excepted: Readonly<Record<string, string>>;
}

/** Stands for every test of a file: it is not even run. */
export const ALL = '*';

/** Holds the run of a file against what passes on Node, and what is excepted. */
export function judge(run: FileRun, { file, passedOnNode, failOnNode, excepted }: Known): Judged {
  const wrong: string[] = [];
  let passed = 0;
  const failed = new Set<string>();
  for (const { name, passed: isPassed, why } of run.outcomes) {
    const mayFail = Object.hasOwn(excepted, name);
    if (isPassed) passed++;
    else failed.add(name);
    if (isPassed && mayFail) wrong.push(`${file} › ${name}: passes, and is excepted`);
    const isKnown = mayFail || failOnNode.includes(`${file} › ${name}`);
    if (!isPassed && !isKnown) wrong.push(`${file} › ${name}: ${why}`);
  }
  const missing = passedOnNode - passed - Object.keys(excepted).length;
  if (missing !== 0 && wrong.length === 0) {
    wrong.push(`${file}: expected ${passed + missing} tests to pass, ${passed} did`);
  }
  if (wrong.length > 0 && run.trouble !== undefined) wrong.push(run.trouble);
  const record = { passed, excepted: passedOnNode - passed, carried: run.carried };
  // What is excepted is refused, and perhaps told of only when the test is over.
  const isOurs = run.carriesAny || Object.keys(excepted).length > 0;
  return { record, isOurs, wrong };
}
