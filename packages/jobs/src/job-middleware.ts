/** jobMiddleware: makes a middleware for jobs that says of itself what it is and how it is set. */
import { type Awaitable, define, type Traits } from '@interpose/kernel';
import type { Layer, Link, OwnTraits } from '@interpose/kernel/layers';
import type { PolicyDescription } from '@interpose/resilience';
import type { JobContext } from './job-context.ts';

/**
 * A middleware that fits every pipeline of jobs, whatever the handler answers.
 *
 * @typeParam C what it needs of the context
 */
export interface JobMiddleware<C = JobContext> {
  <Ctx extends C, R>(ctx: Ctx, next: (ctx?: Ctx) => Awaitable<R>): Awaitable<R>;
  /** What it is and how it is set, as plain data. */
  describe(): PolicyDescription;
}

/** What it says of itself. */
export interface JobMiddlewareTraits extends Traits {
  /** What it is. */
  readonly name: string;
  readonly description: string;
  /** The options in force that can be shown. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** Which policy it is to those who look for one. @default its name */
  readonly policy?: string;
}

/** Acts on a run of a job, whatever it comes to. */
export type JobRun<C> = (ctx: C, next: (ctx?: C) => Awaitable<unknown>) => Awaitable<unknown>;

/**
 * Joins them without anybody who watches them: each calls `next` once at most, always with a context, and waits for it or says that it does
 * not.
 */
const linkBare: Link = (layers, rest) =>
  layers.reduceRight(
    (last, { run }: Layer) =>
      (ctx) =>
        run(ctx, last) as unknown,
    rest,
  );

/** Makes it of a function. */
export function jobMiddleware<C extends JobContext>(
  { options = {}, policy, ...traits }: JobMiddlewareTraits,
  run: JobRun<C>,
): JobMiddleware<C> {
  const { name } = traits;
  const description: PolicyDescription = { policy: policy ?? name, name, options };
  Object.defineProperty(run, 'name', { value: name });
  const own: OwnTraits = { ...traits, link: linkBare };
  return define(
    own,
    Object.assign(run, { describe: () => description }),
  ) as unknown as JobMiddleware<C>;
}

let made = 0;

/** A key for `onEnd` that is the same each time a middleware runs and that no other one has. */
export function endKey(name: string): string {
  return `${name}:${++made}`;
}
