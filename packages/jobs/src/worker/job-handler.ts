/** Handlers of jobs: one for all names or one for each; and how a pipeline is run without its handler. */
import type { Awaitable, Runner } from '@interpose/kernel';
import { withHandler } from '@interpose/kernel/observe';
import { unexpected } from '@interpose/kernel/options';
import { NoHandlerError } from '../errors.ts';
import type { JobContext } from '../job-context.ts';

/** Does a job: a plain function, or a pipeline with its handler. */
export type JobHandler<Data = unknown, Result = unknown> = (
  ctx: JobContext<Data>,
) => Awaitable<Result>;

/** What does the jobs of each name. `Jobs` says what they carry: `{ mail: Mail; sms: Sms }`. */
export type JobHandlers<Jobs extends object, Result, Ctx = unknown> = {
  readonly [Name in keyof Jobs]: (ctx: Ctx & JobContext<Jobs[Name]>) => Awaitable<Result>;
};

/**
 * One handler of several: each does the jobs of its name.
 *
 * @throws TypeError if there is something else than a function among them; NoHandlerError when called for a name that nobody has
 * @example
 * pipeline<JobContext<Mail | Sms>, void>().use(retry()).handle(byName<{ mail: Mail; sms: Sms }, void>({ mail, sms }));
 */
export function byName<Jobs extends object, Result, Ctx = unknown>(
  handlers: JobHandlers<Jobs, Result, Ctx>,
): (ctx: Ctx & JobContext<Jobs[keyof Jobs]>) => Awaitable<Result> {
  if (typeof handlers !== 'object' || handlers === null) {
    throw unexpected('handlers', 'an object of functions', handlers);
  }
  // A Map, as a job may be called `constructor`.
  const byNames = new Map(Object.entries(handlers)) as Map<string, unknown>;
  for (const [name, handler] of byNames) {
    if (typeof handler !== 'function') throw unexpected(`handlers.${name}`, 'a function', handler);
  }
  return function doByName(ctx) {
    const handler = byNames.get(ctx.job.name) as ((ctx: unknown) => Awaitable<Result>) | undefined;
    if (!handler) throw new NoHandlerError(ctx.job.name, [...byNames.keys()]);
    return handler(ctx);
  };
}

/**
 * Runs a pipeline as if its handler had failed, so that every middleware learns of an end that came without a run.
 *
 * @throws the error, or what a middleware makes of it
 */
export function failThrough(handler: JobHandler<never>, ctx: unknown, error: Error): unknown {
  const fail = (): never => {
    throw error;
  };
  return isRunner(handler) ? withHandler(handler, fail)(ctx as never) : fail();
}

/** A pipeline with its handler, and not a plain function. */
const isRunner = (handler: JobHandler<never>): handler is Runner<JobContext<never>, unknown> =>
  typeof (handler as Partial<Runner<never, unknown>>).foldWith === 'function';
