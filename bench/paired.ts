/** Measures a subject and the limit by turns in one process, in CPU time and in heap bytes. */
import { isDeepStrictEqual } from 'node:util';
import * as limitLoops from './loops.ts?copy=limit';
import * as subjectLoops from './loops.ts?copy=subject';
import type { Bench, Case, Subject } from './suite.ts';

/** How much of everything is done. */
export interface Effort {
  /** Pairs of samples. */
  readonly pairs: number;
  /** CPU time of one sample. */
  readonly sampleMs: number;
  /** Limits the warm-up of every case. */
  readonly maxWarmUpMs: number;
}

/** What one process found. */
export interface Round {
  readonly ns: number;
  readonly limitNs: number;
  /** The median of the ratios of the pairs; more exact than the ratio of the medians. */
  readonly ratio: number;
  readonly bytes: number;
  readonly limitBytes: number;
}

type Loop = (times: number) => unknown;

/** Checks that both answer rightly, warms both up, and samples them by turns. */
export async function measurePair(on: Case, subject: Subject, effort: Effort): Promise<Round> {
  const runSubject = loopOf(await tried(on, await subject.load(), subject), on, subjectLoops);
  const runLimit = loopOf(await tried(on, await on.limit()), on, limitLoops);
  const warmUpMs = Math.min(on.warmUpMs ?? 400, effort.maxWarmUpMs);
  const subjectTimes = await warmUp(runSubject, warmUpMs, effort.sampleMs);
  const limitTimes = await warmUp(runLimit, warmUpMs, effort.sampleMs);

  const pairs: { ns: number; limitNs: number }[] = [];
  for (let pair = 0; pair < effort.pairs; pair++) {
    const ns = (await cpuMs(runSubject, subjectTimes)) * (1e6 / subjectTimes);
    pairs.push({ ns, limitNs: (await cpuMs(runLimit, limitTimes)) * (1e6 / limitTimes) });
  }
  return {
    ns: median(pairs.map(({ ns }) => ns)),
    limitNs: median(pairs.map(({ limitNs }) => limitNs)),
    ratio: median(pairs.map(({ ns, limitNs }) => ns / limitNs)),
    bytes: await bytesOf(runSubject, subjectTimes),
    limitBytes: await bytesOf(runLimit, limitTimes),
  };
}

/** The middle of a list of numbers. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}

interface Tried extends Bench {
  readonly awaits: boolean;
}

/** Sees to it that every call gives the right answers. */
async function tried(on: Case, bench: Bench, subject?: Subject): Promise<Tried> {
  const { answerOf = (value) => value } = bench;
  const { name, kind } = subject ?? { name: 'the limit', kind: 'limit' };
  let awaits = false;
  for (const call of bench.calls) {
    for (const { input, answer } of on.trials) {
      const returned = call(input());
      awaits ||= returned instanceof Promise;
      if (on.synchronous && awaits && kind !== 'peer') {
        throw new Error(`In "${on.name}" ${name} returned a promise, expected a value`);
      }
      const got = answerOf(await returned);
      if (isDeepStrictEqual(got, answer)) continue;
      const [expected, found] = [answer, got].map((value) => JSON.stringify(value));
      throw new Error(`In "${on.name}" ${name} answered ${found}, expected ${expected}`);
    }
  }
  return { ...bench, awaits };
}

function loopOf({ calls, awaits }: Tried, { input }: Case, loops: typeof limitLoops): Loop {
  const { loopAwaiting, loopDirect } = loops;
  return awaits
    ? (times) => loopAwaiting(calls, input, times)
    : (times) => loopDirect(calls, input, times);
}

/** Runs a loop until its time is up, and finds how many turns fill a sample. */
async function warmUp(loop: Loop, warmUpMs: number, sampleMs: number): Promise<number> {
  let times = 16;
  let spentMs = 0;
  while (spentMs < warmUpMs) {
    const ms = await cpuMs(loop, times);
    spentMs += ms;
    times = ms < sampleMs / 2 ? times * 2 : Math.max(1, Math.round((times * sampleMs) / ms));
  }
  return times;
}

/** CPU time of the whole process, so that the garbage collector's and the compiler's threads count too. */
async function cpuMs(loop: Loop, times: number): Promise<number> {
  const start = process.cpuUsage();
  await loop(times);
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

/** What a batch may allocate; small beside the space in which the collector runs. */
const BATCH_BYTES = 100_000;

/** Heap bytes of one turn; a call that takes long fills a sample with fewer turns than a batch could have. */
async function bytesOf(loop: Loop, most: number): Promise<number> {
  const unloaded = await growth(loop, 0);
  const rough = Math.max(1, ((await growth(loop, 4)) - unloaded) / 4);
  const times = Math.min(Math.ceil(BATCH_BYTES / rough), most);
  return Math.max(0, ((await growth(loop, times)) - unloaded) / times);
}

/** By how much the heap grows in a batch. One in which the collector ran shows too little, so a high one is taken. */
async function growth(loop: Loop, times: number): Promise<number> {
  const batches: number[] = [];
  for (let batch = 0; batch < 24; batch++) {
    const before = process.memoryUsage().heapUsed;
    await loop(times);
    batches.push(process.memoryUsage().heapUsed - before);
  }
  return batches.toSorted((a, b) => a - b)[18] ?? NaN;
}
