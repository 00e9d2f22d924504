/** Ten layers under guard, beside the same ten unguarded. */
import { type Awaitable, type Middleware, pipeline, type Runner } from '@interpose/kernel';
import { guard } from '@interpose/resilience/guard';
import type { Bench, Call, Case, Subject } from '../suite.ts';

interface Ctx {
  n: number;
}

type Make = (run: Runner<Ctx, Awaitable<number>>) => Runner<Ctx, Awaitable<number>>;
type Layer = Middleware<Ctx, number>;

const awaiting: Layer = async (ctx, next) => {
  ctx.n += 1;
  const answer = await next(ctx);
  ctx.n += 1;
  return answer;
};
const passing: Layer = (ctx, next) => next(ctx);

const ten = (layer: Layer): Runner<Ctx, Awaitable<number>> =>
  Array.from({ length: 10 }, (_, at) => at)
    .reduce((line, at) => line.use(layer, { name: `layer-${at}` }), pipeline<Ctx, number>())
    .handle(async (ctx) => ctx.n);

const unguarded: Make = (run) => run;
const guarded: Make = (run) => {
  guard(run);
  return run;
};

const bench = (layer: Layer, make: Make): (() => Promise<Bench>) => {
  return async () => ({ calls: [make(ten(layer)) as Call] });
};

function caseOf(name: string, layer: Layer, answer: number): Case {
  const input = (): Ctx => ({ n: 0 });
  const ours: Subject = {
    name: 'interpose, guarded',
    kind: 'ours',
    // 150 ns a layer, with metrics on.
    target: { beyond: 1500 },
    load: bench(layer, guarded),
  };
  return {
    name,
    input,
    trials: [{ input, answer }],
    limit: bench(layer, unguarded),
    subjects: [{ name: 'unguarded', kind: 'limit', load: bench(layer, unguarded) }, ours],
  };
}

export const guardedCases: readonly Case[] = [
  caseOf('a guard round ten layers that await', awaiting, 10),
  caseOf('a guard round ten layers that pass through', passing, 0),
];
