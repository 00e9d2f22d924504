/** Runs a suite of whole servers: finds its programs, starts the upstream if it has one, and measures round by round. */
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { linesOf } from '../figures.ts';
import type { Bundle } from '../rounds.ts';
import type { ProcessSuite, Surroundings } from './case.ts';
import { recordsOf, type Row, rowOf, tableOf } from './figures.ts';
import { type Found, measureRound, type Part } from './measure.ts';
import { type Bench, type Effort, LOAD_CORE } from './round.ts';
import { startServer } from './server-process.ts';
import { findTools } from './tools.ts';

/** How to run it, and how much of it. */
export interface ProcessOptions {
  readonly bundle: Bundle;
  /** Only cases or contenders with this in `case / contender`; the empty text is in all. */
  readonly only: string;
  /** @default 3, and 1 if quick */
  readonly rounds?: number;
  /** Only sees that everything runs. */
  readonly quick: boolean;
  readonly json: boolean;
}

const THOROUGH: Effort = {
  pairs: 2,
  warmUpSeconds: 3,
  moreSeconds: 1,
  leadSeconds: 0.5,
  loadSeconds: 2,
  tries: 2,
  oneReference: false,
};
const QUICK: Effort = {
  pairs: 1,
  warmUpSeconds: 0,
  moreSeconds: 0,
  leadSeconds: 0.2,
  loadSeconds: 0.3,
  tries: 1,
  oneReference: true,
};

/** What has a text in its name. */
export function partsOf(suite: ProcessSuite, only: string): Part[] {
  return suite.cases
    .map((on) => ({
      on,
      contenders: on.contenders.filter(({ name }) => `${on.name} / ${name}`.includes(only)),
    }))
    .filter(({ contenders }) => contenders.length);
}

/** Measures everything that is asked for; gives the text of a table or JSON. */
export async function benchProcesses(
  suite: ProcessSuite,
  options: ProcessOptions,
): Promise<string> {
  if (process.platform !== 'linux' || availableParallelism() < 2) {
    throw new Error(
      `The suite ${suite.name} needs Linux and two processors: one for servers, one for load.`,
    );
  }
  const parts = partsOf(suite, options.only);
  const { json, quick, rounds = quick ? 1 : 3 } = options;
  // The bundle that this is a part of lies three folders down.
  const root = join(import.meta.dirname, '..', '..', '..');
  const tools = await findTools(join(root, 'scripts', 'debian.mjs'), ['wrk', ...suite.programs]);
  const folder = mkdtempSync(join(tmpdir(), 'bench-processes-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const bundles = new Map<string, Promise<string>>();
  const bundled = (entry: string): Promise<string> => {
    const made = bundles.get(entry) ?? options.bundle(entry);
    bundles.set(entry, made);
    return made;
  };
  const around: Surroundings = { folder, tools, upstreamPort: NaN, bundled };
  const launch = await suite.upstream?.(around);
  const upstream = launch && (await startServer(launch, LOAD_CORE));
  try {
    const bench = {
      ...around,
      upstreamPort: upstream?.port ?? NaN,
      effort: quick ? QUICK : THOROUGH,
      onDone: progress(rounds * parts.flatMap(({ contenders }) => contenders).length),
    };
    const rows = await measureAll(parts, rounds, bench);
    return json ? linesOf(recordsOf(suite.name, rows)) : tableOf(suite.name, rows);
  } finally {
    await upstream?.stop();
  }
}

/** All rounds of everything. Each round starts at another contender. */
async function measureAll(parts: readonly Part[], rounds: number, bench: Bench): Promise<Row[]> {
  const found: Found[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const group of groupsOf(parts)) {
      const contenders = [...new Set(group.flatMap((part) => part.contenders))];
      const first = Math.floor((round * contenders.length) / rounds);
      const order = [...contenders.slice(first), ...contenders.slice(0, first)];
      found.push(...(await measureRound(group, order, bench)));
    }
  }
  return parts.flatMap(({ on, contenders }) =>
    contenders.map((contender) => {
      const own = found.filter((one) => one.on === on && one.contender === contender);
      return rowOf(
        on,
        contender,
        own.map(({ round }) => round),
      );
    }),
  );
}

/** Cases of the same contenders are measured together. */
function groupsOf(parts: readonly Part[]): [Part, ...Part[]][] {
  const groups: [Part, ...Part[]][] = [];
  for (const part of parts) {
    const group = groups.find(([{ on }]) => on.contenders === part.on.contenders);
    if (group) group.push(part);
    else groups.push([part]);
  }
  return groups;
}

function progress(all: number): () => void {
  let done = 0;
  return () => {
    done++;
    if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${all} \r`);
  };
}
