/** Middleware written for other systems, as ours: five shapes, one word. */
import { extend } from './extend.ts';
import type { Awaitable, Middleware, Next } from './middleware.ts';
import { define } from './traits.ts';

/** `(request, callNext) => response`, as in Starlette; the request is the context. */
export type CallNextForm<C, R> = (request: C, callNext: (request?: C) => Awaitable<R>) => Awaitable<R>;

/** An object whose `dispatch` has that form, as Starlette's classes have. */
export interface Dispatcher<C, R> {
  dispatch: CallNextForm<C, R>;
}

/** Takes middleware of the form `(request, callNext) => response`, or an object with such a `dispatch`. */
export function fromCallNext<C, R>(form: CallNextForm<C, R> | Dispatcher<C, R>): Middleware<C, R> {
  const call = typeof form === 'function' ? form : form.dispatch.bind(form);
  return named<C, R>(form, (ctx, next) => call(ctx, (request) => (next as Go<C, R>)(request)));
}

/** What `process` is given to go on: callable, and with `handle`, as in PSR-15. */
export type RequestHandler<C, R> = ((request: C) => Awaitable<R>) & { handle(request: C): Awaitable<R> };

/** An object with `process(request, handler)`, as in PSR-15. */
export interface Processor<C, R> {
  process(request: C, handler: RequestHandler<C, R>): Awaitable<R>;
}

/** Takes an object with `process(request, handler)`. */
export function fromProcess<C, R>(processor: Processor<C, R>): Middleware<C, R> {
  return named<C, R>(processor, (ctx, next) => {
    const handle = (request: C): Awaitable<R> => (next as Go<C, R>)(request);
    return processor.process(ctx, Object.assign((request: C) => handle(request), { handle }));
  });
}

/** `next => (context, request) => response`, as in Fake4Dataverse and Redux. */
export type CurriedForm<C, Q, R> = (
  next: (context: C, request: Q) => Awaitable<R>,
) => (context: C, request: Q) => Awaitable<R>;

/** Takes `next => (context, request) => response`; the request stands on the context as `request`. */
export function fromCurried<C extends { request: Q }, Q, R>(form: CurriedForm<C, Q, R>): Middleware<C, R> {
  return named<C, R>(form, (ctx, next) =>
    form((context, request) =>
      (next as Go<C, R>)(request === context.request ? context : (extend(context, { request }) as C)),
    )(ctx, ctx.request),
  );
}

/** An object for one phase, as in the gateway's registry. */
export interface PhaseForm<C> {
  readonly name: string;
  readonly phase: 'access' | 'header_filter' | 'headerFilter' | 'log';
  /** A smaller number runs first within the phase, in every phase. @default 100 */
  readonly priority?: number;
  /** `false` from `access` refuses the call; whatever else it returns lets it go on. */
  handle(ctx: C): Awaitable<boolean | void>;
}

/** Options of `fromPhases`. */
export interface PhaseOptions<C, R> {
  /** Answers a call that `access` refused. */
  refuse(ctx: C, by: PhaseForm<C>): Awaitable<R>;
}

/**
 * Takes objects that each act in one phase, and makes one layer of them: `access` before the rest, `headerFilter` after
 * it, `log` at the very end. Within each phase the priority decides, lower first, so the filters do not run in the
 * reverse order of `access`.
 */
export function fromPhases<C, R>(
  forms: readonly PhaseForm<C>[],
  options: PhaseOptions<C, R>,
): Middleware<C, R> {
  const sorted = [...forms].sort((one, other) => (one.priority ?? 100) - (other.priority ?? 100));
  const of = (...phases: string[]): PhaseForm<C>[] => sorted.filter(({ phase }) => phases.includes(phase));
  const [access, filters, logs] = [of('access'), of('header_filter', 'headerFilter'), of('log')];
  const middleware = async (ctx: C, next: Go<C, R>): Promise<R> => {
    try {
      let refused: PhaseForm<C> | undefined;
      for (const form of access) {
        if ((await form.handle(ctx)) !== false) continue;
        refused = form;
        break;
      }
      const result = refused ? await options.refuse(ctx, refused) : await next(ctx);
      for (const form of filters) await form.handle(ctx);
      return result;
    } finally {
      for (const form of logs) await form.handle(ctx);
    }
  };
  return define({ name: `phases(${forms.map(({ name }) => name).join(', ')})` }, middleware) as Middleware<C, R>;
}

type Go<C, R> = (ctx?: C) => Awaitable<R>;

/** The adapted middleware bears the name of what was adapted. */
function named<C, R>(
  form: object,
  run: (ctx: C, next: Next<C, C, Awaitable<R>>) => Awaitable<R>,
): Middleware<C, R> {
  const name = (form as { name?: unknown }).name;
  const own = typeof name === 'string' && name !== '' ? name : form.constructor.name;
  return define({ name: own }, run);
}

