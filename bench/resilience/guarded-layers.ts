/** Ten layers under guard, and the same ten unguarded. */
import { type Awaitable, type Middleware, pipeline, type Runner } from '@interpose/kernel';
import { guard } from '@interpose/resilience/guard';
import type { Bench, Call } from '../suite.ts';

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

const bench =
  (layer: Layer, make: Make): (() => Bench) =>
  () => ({ calls: [make(ten(layer)) as Call] });

export const awaitingUnguarded = bench(awaiting, unguarded);
export const awaitingGuarded = bench(awaiting, guarded);
export const passingUnguarded = bench(passing, unguarded);
export const passingGuarded = bench(passing, guarded);
