/** Latency at half of what a server takes, under an open load at a fixed rate. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { cpuTimesOf, residentBytesOf, spentNs } from './cpu-time.ts';
import type { OpenLoadOptions, OpenLoadReport } from './open-load.ts';
import type { Case } from './case.ts';
import { drive } from './paired-bursts.ts';
import { type Bench, LOAD_CORE, type Round } from './round.ts';
import type { ServerProcess } from './server-process.ts';

const run = promisify(execFile);

/** What the load can send at a fixed rate without being late itself. */
const MOST_A_SECOND = 30_000;

/** A median latency beyond it means that the server, or the load, did not have its core: that was no half load. */
const BACKLOG_US = 20_000;

/** Measures latency at half of the capacity. Tries again when something else was in the way; the best try counts. */
export async function atHalfLoad(on: Case, server: ServerProcess, bench: Bench): Promise<Round> {
  let best = await tryHalfLoad(on, server, bench);
  for (let more = bench.effort.tries; more > 1 && best.p50Us > BACKLOG_US; more--) {
    const next = await tryHalfLoad(on, server, bench);
    if (next.p99Us < best.p99Us) best = next;
  }
  return best;
}

/** Half of what the server would take if nothing but itself held it up, which core 1 may. */
async function tryHalfLoad(on: Case, server: ServerProcess, bench: Bench): Promise<Round> {
  const { us: fullUs } = await drive(on, server, bench, 1);
  const rate = Math.round(Math.min(0.5e6 / fullUs, on.mostPerSecond ?? MOST_A_SECOND));
  const before = cpuTimesOf(server.pid);
  const { requests, p50Us, p99Us, lateUs } = await load(bench, {
    port: server.port,
    path: on.asked[0].path,
    headers: on.asked[0].headers ?? [],
    rate,
    seconds: bench.effort.loadSeconds,
    leadSeconds: bench.effort.leadSeconds,
    connections: on.connections,
  });
  return {
    us: spentNs(before, cpuTimesOf(server.pid)) / 1000 / requests,
    referenceUs: null,
    ratio: null,
    addedUs: null,
    requestsPerSecond: rate,
    p50Us,
    p99Us,
    lateUs,
    residentBytes: residentBytesOf(server.pid),
  };
}

/**
 * Drives a server from a process on the other core. Its heap is so large that it need not collect while it does. It looks at its clock
 * without a pause, so the upstream goes before it.
 */
async function load({ bundled }: Bench, options: OpenLoadOptions): Promise<OpenLoadReport> {
  const program = [
    process.execPath,
    '--max-semi-space-size=64',
    await bundled('processes/load.ts'),
  ];
  const args = ['-c', `${LOAD_CORE}`, 'nice', '-n', '10', ...program, JSON.stringify(options)];
  const { stdout } = await run('taskset', args, { timeout: options.seconds * 1000 + 30_000 });
  return JSON.parse(stdout) as OpenLoadReport;
}
