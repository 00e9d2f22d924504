/** Bounded bursts with all that a server takes, in alternation with the reference, and the CPU time they cost. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { median } from '../paired.ts';
import { cpuTimesOf, residentBytesOf, spentNs } from './cpu-time.ts';
import { type Bench, LOAD_CORE, type Round } from './round.ts';
import type { ServerProcess } from './server-process.ts';
import type { Case } from './suite.ts';
import { type Burst, burst, postScript } from './wrk.ts';

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
  { folder, tools: { wrk } }: Bench,
  seconds: number,
): Promise<Measured> {
  const none = { requests: 0, seconds: 0, p50Us: NaN, p99Us: NaN, us: NaN };
  if (!seconds) return none;
  const { connections, request } = on;
  const options = { wrk, port, connections, seconds, core: LOAD_CORE };
  const before = cpuTimesOf(pid);
  const done = await burst(request, { ...options, ...scriptOf(folder, request.postBytes) });
  const ns = spentNs(before, cpuTimesOf(pid));
  return { ...done, us: ns / 1000 / done.requests };
}

function scriptOf(folder: string, bytes: number | undefined): { script?: string } {
  if (bytes === undefined) return {};
  const script = join(folder, `post-${bytes}.lua`);
  writeFileSync(script, postScript(bytes));
  return { script };
}

/** Bursts on a contender and on the reference by turns. */
export async function inPairs(
  on: Case,
  server: ServerProcess,
  beside: Beside,
  bench: Bench,
): Promise<Round> {
  const pairs: (Measured & { referenceUs: number })[] = [];
  for (let pair = 0; pair < bench.effort.pairs; pair++) {
    const found = await drive(on, server, bench, 1);
    pairs.push({ ...found, referenceUs: await beside(on) });
  }
  return {
    us: median(pairs.map(({ us }) => us)),
    referenceUs: median(pairs.map(({ referenceUs }) => referenceUs)),
    ratio: median(pairs.map(({ us, referenceUs }) => us / referenceUs)),
    requestsPerSecond: median(pairs.map(({ requests, seconds }) => requests / seconds)),
    p50Us: median(pairs.map(({ p50Us }) => p50Us)),
    p99Us: median(pairs.map(({ p99Us }) => p99Us)),
    lateUs: null,
    residentBytes: residentBytesOf(server.pid),
  };
}
