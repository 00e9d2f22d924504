/** Bounded bursts with all that a server takes, in alternation with the reference, and the CPU time they cost. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { median } from '../paired.ts';
import type { Case } from './case.ts';
import { cpuTimesOf, residentBytesOf, spentNs } from './cpu-time.ts';
import { type Bench, LOAD_CORE, type Round } from './round.ts';
import type { ServerProcess } from './server-process.ts';
import { type Burst, burst, scriptOf } from './wrk.ts';

/** A burst, and the CPU microseconds of one request. */
export interface Measured extends Burst {
  readonly us: number;
}

/** Gives what the reference costs, asked for beside each burst of a contender. */
export type Beside = (on: Case) => Promise<number>;

/** A bounded burst, if it has any length, and what it cost. */
export async function drive(
  on: Case,
  { pid, port }: ServerProcess,
  { folder, tools }: Bench,
  seconds: number,
): Promise<Measured> {
  const none = { requests: 0, seconds: 0, p50Us: NaN, p99Us: NaN, us: NaN };
  if (!seconds) return none;
  const { connections, asked } = on;
  const script = scriptFile(folder, on);
  const options = { wrk: tools('wrk'), port, connections, seconds, core: LOAD_CORE, script };
  const before = cpuTimesOf(pid);
  const done = await burst(asked, options);
  const ns = spentNs(before, cpuTimesOf(pid));
  return { ...done, us: ns / 1000 / done.requests };
}

function scriptFile(folder: string, { name, asked }: Case): string | undefined {
  const text = scriptOf(asked);
  if (text === undefined) return undefined;
  const path = join(folder, `${name.replaceAll(/\W+/g, '-')}.lua`);
  writeFileSync(path, text);
  return path;
}

/** Bursts on a contender and on the reference by turns. */
export async function inPairs(
  on: Case,
  server: ServerProcess,
  beside: Beside,
  bench: Bench,
): Promise<Round> {
  const pairs: (Measured & { referenceUs: number })[] = [];
  for (let pair = 0; pair < bench.effort.pairs * (on.morePairs ?? 1); pair++) {
    const found = await drive(on, server, bench, 1);
    pairs.push({ ...found, referenceUs: await beside(on) });
  }
  return {
    us: median(pairs.map(({ us }) => us)),
    referenceUs: median(pairs.map(({ referenceUs }) => referenceUs)),
    ratio: median(pairs.map(({ us, referenceUs }) => us / referenceUs)),
    addedUs: median(pairs.map(({ us, referenceUs }) => us - referenceUs)),
    requestsPerSecond: median(pairs.map(({ requests, seconds }) => requests / seconds)),
    p50Us: median(pairs.map(({ p50Us }) => p50Us)),
    p99Us: median(pairs.map(({ p99Us }) => p99Us)),
    lateUs: null,
    residentBytes: residentBytesOf(server.pid),
  };
}
