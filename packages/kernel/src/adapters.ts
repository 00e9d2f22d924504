/** Middleware written for other systems, as ours: five shapes, one word. */
import { extend } from './extend.ts';
import { reportFailure } from './unharmed.ts';
import type { Awaitable, Middleware, Next } from './middleware.ts';
import { unexpected } from './option.ts';
import { define } from './layer.ts';
import type { AnyFunction } from './wrap.ts';

/** `(request, callNext) => response`, as in Starlette; the request is the context. */
export type CallNextForm<C, R> = (
  request: C,
  callNext: (request?: C) => Awaitable<R>,
) => Awaitable<R>;

/** An object whose `dispatch` has that form, as Starlette's classes have. */
export interface Dispatcher<C, R> {
  dispatch: CallNextForm<C, R>;
}

/**
 * Takes middleware of the form `(request, callNext) => response`, or an object with such a `dispatch`.
 *
 * @throws TypeError for anything else
 */
export function fromCallNext<C, R>(form: CallNextForm<C, R> | Dispatcher<C, R>): Middleware<C, R> {
  const call = typeof form === 'function' ? form : method(form, 'dispatch');
  return named<C, R>(form, 'fromCallNext', (ctx, next) =>
    call(ctx, (request) => (next as Go<C, R>)(request)),
  );
}

/** What `process` is given to go on: callable, and with `handle`, as in PSR-15. */
export type RequestHandler<C, R> = ((request: C) => Awaitable<R>) & {
  handle(request: C): Awaitable<R>;
};

/** An object with `process(request, handler)`, as in PSR-15. */
export interface Processor<C, R> {
  process(request: C, handler: RequestHandler<C, R>): Awaitable<R>;
}

/**
 * Takes an object with `process(request, handler)`.
 *
 * @throws TypeError for anything else
 */
export function fromProcess<C, R>(processor: Processor<C, R>): Middleware<C, R> {
  const process = method(processor, 'process');
  return named<C, R>(processor, 'fromProcess', (ctx, next) => {
    const handle = (request: C): Awaitable<R> => (next as Go<C, R>)(request);
    return process(
      ctx,
      Object.assign((request: C) => handle(request), { handle }),
    );
  });
}

/** `next => (context, request) => response`, as in Fake4Dataverse and Redux. */
export type CurriedForm<C, Q, R> = (
  next: (context: C, request: Q) => Awaitable<R>,
) => (context: C, request: Q) => Awaitable<R>;

/**
 * Takes `next => (context, request) => response`; the request stands on the context as `request`. The outer function
 * runs for each call, as its `next` is that of one call; keep outside of it what is to outlive a call.
 *
 * @throws TypeError for anything but a function
 */
export function fromCurried<C extends { request: Q }, Q, R>(
  form: CurriedForm<C, Q, R>,
): Middleware<C, R> {
  if (typeof form !== 'function') throw unexpected('form', 'a function', form);
  return named<C, R>(form, 'fromCurried', (ctx, next) =>
    form((context, request) =>
      (next as Go<C, R>)(
        request === context.request ? context : (extend(context, { request }) as C),
      ),
    )(ctx, ctx.request),
  );
}

const PHASES = ['access', 'header_filter', 'headerFilter', 'log'] as const;

/** An object for one phase, as in the gateway's registry. */
export interface PhaseForm<C> {
  readonly name: string;
  readonly phase: (typeof PHASES)[number];
  /** A smaller number runs first within the phase, in every phase. @default 100 */
  readonly priority?: number;
  /** `false` from `access` refuses the call; whatever else it returns lets it go on. */
  handle(ctx: C): Awaitable<boolean | void>;
}

/** Options of `fromPhases`. */
export interface PhaseOptions<C, R> {
  /** Answers a call that `access` refused. */
  refuse(ctx: C, by: PhaseForm<C>): Awaitable<R>;
  /** Is given what a `log` throws, which changes no answer. @default writes to the console */
  readonly onFailure?: (error: unknown) => void;
}

/**
 * Takes objects that each act in one phase, and makes one layer of them: `access` before the rest, `headerFilter` after
 * it, also after a refusal, and `log` at the very end, however it came; nobody waits for it. Within each phase the
 * priority decides, lower first, so the filters do not run in the reverse order of `access`.
 *
 * @throws TypeError for a form that has no `handle`, another phase, or a priority that is no number
 */
export function fromPhases<C, R>(
  forms: readonly PhaseForm<C>[],
  options: PhaseOptions<C, R>,
): Middleware<C, R> {
  const { onFailure = reportFailure } = options;
  const refuse = method(options, 'refuse');
  for (const { name, phase, priority = 0, handle } of forms) {
    if (!PHASES.includes(phase))
      throw unexpected(`phase of ${name}`, `one of ${PHASES.join(', ')}`, phase);
    if (!Number.isFinite(priority)) throw unexpected(`priority of ${name}`, 'a number', priority);
    if (typeof handle !== 'function') throw unexpected(`handle of ${name}`, 'a function', handle);
  }
  const sorted = [...forms].sort((one, other) => (one.priority ?? 100) - (other.priority ?? 100));
  const of = (...phases: string[]): PhaseForm<C>[] =>
    sorted.filter(({ phase }) => phases.includes(phase));
  const [access, filters, logs] = [of('access'), of('header_filter', 'headerFilter'), of('log')];

  const log = async (ctx: C): Promise<void> => {
    for (const form of logs) {
      try {
        await form.handle(ctx);
      } catch (error) {
        onFailure(error);
      }
    }
  };
  const middleware = async (ctx: C, next: Go<C, R>): Promise<R> => {
    try {
      let refused: PhaseForm<C> | undefined;
      for (const form of access) {
        if ((await form.handle(ctx)) !== false) continue;
        refused = form;
        break;
      }
      const result = refused ? await refuse(ctx, refused) : await next(ctx);
      for (const form of filters) await form.handle(ctx);
      return result;
    } finally {
      log(ctx).catch(reportFailure);
    }
  };
  return define(
    { name: `phases(${forms.map(({ name }) => name).join(', ')})` },
    middleware,
  ) as Middleware<C, R>;
}

type Go<C, R> = (ctx?: C) => Awaitable<R>;

/** The adapted middleware bears the name of what was adapted: a function's, an object's own, or that of its class. */
function named<C, R>(
  form: object,
  otherwise: string,
  run: (ctx: C, next: Next<C, C, Awaitable<R>>) => Awaitable<R>,
): Middleware<C, R> {
  const { name, constructor } = form as {
    readonly name?: unknown;
    readonly constructor?: AnyFunction;
  };
  const ofClass = typeof form === 'function' || constructor === Object ? '' : constructor?.name;
  return define(
    { name: typeof name === 'string' && name !== '' ? name : ofClass || otherwise },
    run,
  );
}

/** A method of an adapted object, with its `this`. */
function method<T extends object, K extends keyof T & string>(
  object: T,
  name: K,
): T[K] extends (...args: infer A) => infer R ? (...args: A) => R : never {
  const found: unknown = (object as T | undefined)?.[name];
  if (typeof found !== 'function') throw unexpected(name, 'a function', found);
  return found.bind(object) as never;
}
