/** Measures contenders once, each in a fresh process on core 0; all load comes from core 1. */
import { checkAnswers } from './answer-check.ts';
import type { Case, Contender } from './case.ts';
import { atHalfLoad } from './half-load.ts';
import { type Beside, drive, inPairs } from './paired-bursts.ts';
import { type Bench, type Round, SERVER_CORE } from './round.ts';
import { type ServerProcess, startServer } from './server-process.ts';

/** A case with those of its contenders that are asked for. */
export interface Part {
  readonly on: Case;
  readonly contenders: readonly Contender[];
}

/** What one contender was found to cost in one case. */
export interface Found {
  readonly on: Case;
  readonly contender: Contender;
  readonly round: Round;
}

/** Measures contenders, in this order, in those cases that ask for them. All cases have the same reference. */
export async function measureRound(
  parts: readonly [Part, ...Part[]],
  contenders: readonly Contender[],
  bench: Bench,
): Promise<Found[]> {
  const found: Found[] = [];
  const each = async (beside: Beside): Promise<void> => {
    for (const contender of contenders) {
      found.push(...(await measureOne(parts, contender, beside, bench)));
    }
  };
  const [reference] = parts[0].on.contenders;
  const paired = parts.map(({ on }) => on).filter(({ kind }) => kind === 'capacity');
  if (!reference || !paired.length) {
    await each(async () => NaN);
    return found;
  }
  await withServer(reference, bench, async (server) => {
    for (const [at, on] of paired.entries()) {
      await told(on, reference, () => prepare(on, server, bench, at > 0));
    }
    await each(besideOf(reference, server, bench));
  });
  return found;
}

/** A process serves all cases in turn, so that its long warm-up is paid for once. */
function measureOne(
  parts: readonly Part[],
  contender: Contender,
  beside: Beside,
  bench: Bench,
): Promise<Found[]> {
  return withServer(contender, bench, async (server) => {
    const found: Found[] = [];
    for (const { on, contenders } of parts) {
      if (!contenders.includes(contender)) continue;
      const round = await told(on, contender, async () => {
        await prepare(on, server, bench, found.length > 0);
        return on.kind === 'capacity'
          ? inPairs(on, server, beside, bench)
          : atHalfLoad(on, server, bench);
      });
      found.push({ on, contender, round });
      bench.onDone();
    }
    return found;
  });
}

/** Starts a server, and stops it at the end. */
async function withServer<T>(
  { launch }: Contender,
  bench: Bench,
  work: (server: ServerProcess) => Promise<T>,
): Promise<T> {
  const server = await startServer(await launch(bench), SERVER_CORE);
  try {
    return await work(server);
  } finally {
    await server.stop();
  }
}

/** Sees that a server answers rightly, and warms it up; not so long if another case has done it. */
async function prepare(
  on: Case,
  server: ServerProcess,
  bench: Bench,
  isWarm: boolean,
): Promise<void> {
  const { warmUpSeconds, moreSeconds } = bench.effort;
  await checkAnswers(on, server.port, bench);
  await drive(on, server, bench, isWarm ? moreSeconds : warmUpSeconds);
}

/** What the reference costs, asked for beside each burst of a contender. */
function besideOf(reference: Contender, server: ServerProcess, bench: Bench): Beside {
  const ask: Beside = (on) =>
    told(on, reference, async () => (await drive(on, server, bench, 1)).us);
  if (!bench.effort.oneReference) return ask;
  const once = new Map<Case, number>();
  return async (on) => {
    const us = once.get(on) ?? (await ask(on));
    once.set(on, us);
    return us;
  };
}

/** Says of whom something went wrong and in which case, once. */
class MeasureError extends Error {}

async function told<T>(on: Case, { name }: Contender, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof MeasureError) throw error;
    const message = (error as { stderr?: string }).stderr?.trim() || (error as Error).message;
    throw new MeasureError(`In "${on.name}" ${name}: ${message}`, { cause: error });
  }
}
