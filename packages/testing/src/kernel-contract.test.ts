/** Every middleware that the kernel makes, held to the laws. */
import {
  after,
  answer,
  type Awaitable,
  before,
  branch,
  type CallContext,
  type Clock,
  compose,
  Context,
  createMiddleware,
  define,
  isolate,
  type Middleware,
  pipeline,
  provide,
  repeats,
  tap,
  when,
  wrapWithContext,
} from '@interpose/kernel';
import { sleep } from '@interpose/kernel/clock';
import { parallel } from '@interpose/kernel/parallel';
import { linkSignals } from '@interpose/kernel/abort';
import { fromCallNext, fromCurried, fromPhases, fromProcess } from '@interpose/kernel/adapters';
import { ambient, isolate as isolateAmbient } from '@interpose/kernel/ambient';
import { compose as composeWatched } from '@interpose/kernel/compose';
import { observe } from '@interpose/kernel/observe';
import { describe, test } from 'vitest';
import {
  type ContractKit,
  type ContractOptions,
  middlewareContract,
  recorder,
  seededRandom,
} from './index.ts';

interface Ctx {
  signal: AbortSignal;
  seen?: string;
  user?: string;
}
type Next = (ctx?: Ctx) => Awaitable<unknown>;
type Subject = Middleware<Ctx, unknown>;
type Options = ContractOptions<Ctx, unknown>;

function pass(_: Ctx, next: Next): Awaitable<unknown> {
  return next();
}
async function passLater(ctx: Ctx, next: Next): Promise<unknown> {
  await null;
  return await next(ctx);
}
const note = (ctx: Ctx): void => void (ctx.seen = 'noted');
const noteLater = async (ctx: Ctx): Promise<void> => {
  await null;
  note(ctx);
};
const hooks = { before: note, after: note, onError: note, finally: note };
const hooksLater = { before: noteLater, after: noteLater, onError: noteLater, finally: noteLater };

const subjects: Record<string, readonly [make: (kit: ContractKit) => Subject, options?: Options]> =
  {
    'compose of none': [() => compose(), { sync: true }],
    'compose of one': [() => compose(pass), { sync: true }],
    'compose of many': [
      () => compose(pass, passLater, before(note), pass, after(noteLater), passLater),
    ],
    'compose of synchronous ones': [
      () => compose(pass, before(note), compose(pass, after(note)), pass),
      { sync: true },
    ],
    'pipeline().middleware()': [
      () =>
        pipeline<Ctx, unknown>().use(pass).use(before(note)).use(passLater).use(pass).middleware(),
    ],
    'pipeline().middleware() of synchronous ones': [
      () => pipeline<Ctx, unknown>().use(pass).use(tap(hooks)).use(pass).middleware(),
      { sync: true },
    ],
    before: [() => before(note), { sync: true }],
    'before, later': [() => before(noteLater)],
    after: [() => after(note), { sync: true }],
    'after, later': [() => after(noteLater)],
    'after, with an answer': [
      () => after<Ctx, unknown>(() => answer('other')),
      { sync: true, changesResult: true },
    ],
    tap: [() => tap(hooks), { sync: true }],
    'tap, later': [() => tap(hooksLater), { sync: true }],
    'tap that fails': [
      () =>
        tap<Ctx, unknown>(
          {
            before: () => {
              throw new Error('tap');
            },
            after: async () => Promise.reject(new Error('tap')),
            onError: () => {
              throw new Error('tap');
            },
            finally: async () => Promise.reject(new Error('tap')),
          },
          { onFailure: () => {} },
        ),
      { sync: true },
    ],
    createMiddleware: [() => createMiddleware<Ctx, unknown>(hooks), { sync: true }],
    'createMiddleware, later': [() => createMiddleware<Ctx, unknown>(hooksLater)],
    'createMiddleware, with an answer for errors': [
      () => createMiddleware<Ctx, unknown>({ name: 'fallback', onError: () => answer('fallback') }),
      { sync: true, handlesErrors: true },
    ],
    'createMiddleware that heeds the signal': [
      () =>
        createMiddleware<Ctx, unknown>({
          before: ({ signal }) => signal.throwIfAborted(),
          onError: ({ signal }) => signal.throwIfAborted(),
        }),
      { sync: true, heedsSignal: true },
    ],
    'neighbouring hooks': [
      () =>
        compose(
          before(note),
          after(noteLater),
          createMiddleware<Ctx, unknown>(hooks),
          tap(hooksLater),
        ),
    ],
    'neighbouring synchronous hooks': [
      () => compose(before(note), after(note), createMiddleware<Ctx, unknown>(hooks), tap(hooks)),
      { sync: true },
    ],
    'when it holds': [() => when<Ctx, unknown>(() => true, pass), { sync: true }],
    'when it does not hold': [() => when<Ctx, unknown>(() => false, passLater), { sync: true }],
    'when it holds, asked later': [() => when<Ctx, unknown>(async () => true, before(note), pass)],
    'when it does not hold, asked later': [
      () => when<Ctx, unknown>(async () => false, pass, passLater),
    ],
    'when it holds by the context': [
      ({ clock }) => {
        let calls = 0;
        return compose(
          before((ctx: Ctx) => void (ctx.seen = ++calls % 2 ? 'odd' : 'even')),
          when<Ctx, unknown>(({ seen }) => seen === 'odd', waiting(clock), pass),
        );
      },
    ],
    branch: [() => branch<Ctx, unknown>(() => 'a', { a: pass, b: passLater }), { sync: true }],
    'branch, chosen later': [
      () => branch<Ctx, unknown>(async () => 'b', { a: pass, b: passLater }),
    ],
    'branch otherwise': [
      () => branch<Ctx, unknown>(() => 'c', { a: passLater }, pass),
      { sync: true },
    ],
    parallel: [() => parallel<Ctx>(note, noteLater)],
    provide: [() => provide('user', (_: Ctx) => 'ada') as unknown as Subject, { sync: true }],
    'provide, later': [() => provide('user', async (_: Ctx) => 'ada') as unknown as Subject],
    isolate: [() => isolate<Ctx>({ copyBack: ['seen'] }), { sync: true, changesContext: true }],
    'isolate of a Context': [
      () => isolate<Ctx>(),
      { sync: true, changesContext: true, context: (signal) => new Context<Ctx>({ signal }) },
    ],
    define: [() => define({ name: 'audit', version: '1.0.0' }, pass), { sync: true }],
    repeats: [() => repeats<Ctx, unknown>(pass), { sync: true }],
    'repeats that tries again': [
      ({ clock }) => retrying(clock),
      { repeats: true, heedsSignal: true },
    ],
    'repeats that forks': [() => hedging(), { repeats: true, changesContext: true }],
    wrap: [() => wrapping(pass, before(note)), { sync: true }],
    'wrap, later': [() => wrapping(passLater, after(noteLater))],
    'compose of the small entry': [() => composeWatched(pass, passLater, before(note), pass)],
    'compose of the small entry, synchronous': [
      () => composeWatched(pass, before(note), composeWatched(pass, tap(hooks))),
      { sync: true },
    ],
    'observed pipeline': [
      ({ clock }) => observing(clock, pass, before(note), after(note)),
      { sync: true },
    ],
    'observed pipeline, later': [
      ({ clock }) => observing(clock, passLater, tap(hooksLater), after(noteLater)),
    ],
    'observed pipeline that tries again': [
      ({ clock }) => observing(clock, pass, retrying(clock)),
      { repeats: true, heedsSignal: true },
    ],
    ambient: [() => ambient<Ctx>(), { sync: true }],
    'isolate with the ambient context': [
      () => isolateAmbient<Ctx>({ copyBack: ['seen'] }),
      { sync: true, changesContext: true },
    ],
    fromCallNext: [() => fromCallNext<Ctx, unknown>(pass), { sync: true }],
    'fromCallNext of an object': [
      () => fromCallNext<Ctx, unknown>(new Dispatching()),
      { sync: true },
    ],
    fromProcess: [() => fromProcess<Ctx, unknown>(new Processing()), { sync: true }],
    fromCurried: [
      () =>
        fromCurried<Ctx & { request: string }, string, unknown>(
          (next) => (ctx, request) => next(ctx, request),
        ) as unknown as Subject,
      { sync: true, context: (signal) => ({ signal, request: 'GET /' }) as Ctx },
    ],
    fromPhases: [
      () =>
        fromPhases<Ctx, unknown>(
          [
            { name: 'key', phase: 'access', handle: () => true },
            { name: 'stamp', phase: 'header_filter', handle: noteLater },
            { name: 'access-log', phase: 'log', handle: note },
          ],
          { refuse: () => 'refused' },
        ),
    ],
    linkSignals: [() => linking, { changesContext: true }],
    sleep: [({ clock }) => waiting(clock), { heedsSignal: true }],
    'all of it together': [
      ({ clock }) =>
        pipeline<Ctx, unknown>()
          .use(tap(hooks))
          .use(linking)
          .use(isolate<Ctx>())
          .use(when(async () => true, retrying(clock)))
          .use(branch(() => 'wait', { wait: waiting(clock) }))
          .use(createMiddleware<Ctx, unknown>(hooksLater))
          .middleware(),
      { repeats: true, changesContext: true, heedsSignal: true },
    ],
  };

for (const [name, [make, options]] of Object.entries(subjects)) {
  describe(name, () => {
    for (const law of middlewareContract(make, options)) test(law.name, law.check);
  });
}

/** Middleware that keep every law without a declaration, synchronous ones first. */
const parts: readonly ((kit: ContractKit) => Subject)[] = [
  () => pass,
  () => before(note),
  () => after(note),
  () => tap(hooks),
  () => createMiddleware<Ctx, unknown>(hooks),
  () => when<Ctx, unknown>(() => true, pass, before(note)),
  () => when<Ctx, unknown>(() => false, pass, after(note)),
  () => branch<Ctx, unknown>(() => 'b', { a: pass, b: tap(hooks) }),
  () => repeats<Ctx, unknown>(pass),
  () => provide('user', (_: Ctx) => 'ada') as unknown as Subject,
  () => wrapping(pass, before(note)),
  () => passLater,
  () => before(noteLater),
  () => after(noteLater),
  () => tap(hooksLater),
  () => createMiddleware<Ctx, unknown>(hooksLater),
  () => when<Ctx, unknown>(async () => true, passLater),
  () => branch<Ctx, unknown>(async () => 'a', { a: after(noteLater) }),
  () => parallel<Ctx>(note, noteLater),
  ({ clock }) => waiting(clock),
  ({ clock }) => when<Ctx, unknown>(() => true, waiting(clock)),
];
const SYNC_PARTS = 11;

describe('any stack of these', () => {
  const random = seededRandom(2024);
  for (let stack = 1; stack <= 40; stack++) {
    const sync = stack % 2 === 0;
    const picks = Array.from({ length: 1 + Math.floor(random() * 8) }, () =>
      Math.floor(random() * (sync ? SYNC_PARTS : parts.length)),
    );
    const cut = Math.floor(random() * picks.length);
    const make = (kit: ContractKit): Subject => {
      const made = picks.map((pick) => (parts[pick] as (kit: ContractKit) => Subject)(kit));
      const inner = compose<Ctx, unknown>(...made.slice(cut));
      if (stack % 3) return compose(...made.slice(0, cut), inner);
      return [...made.slice(0, cut), inner]
        .reduce((built, one) => built.use(one), pipeline<Ctx, unknown>())
        .middleware();
    };
    test(`${stack}: ${picks.join(' ')}`, async () => {
      for (const law of middlewareContract(make, { sync })) await law.check();
    });
  }
});

function retrying(clock: Clock): Subject {
  return repeats<Ctx, unknown>(async function retrying({ signal }, next) {
    for (let attempt = 1; ; attempt++) {
      signal.throwIfAborted();
      try {
        return await next();
      } catch (error) {
        if (attempt === 3 || signal.aborted) throw error;
        await sleep(100 * attempt, { clock, signal });
      }
    }
  });
}

/** Starts a second run beside the first, and takes whichever ends well first. */
function hedging(): Subject {
  return repeats<Ctx, unknown>(async function hedging(ctx, next) {
    const runs = [ctx, ctx].map(({ signal }) => (async () => next.fork({ signal }))());
    const [first] = await Promise.allSettled(runs);
    if (first?.status === 'fulfilled') return first.value;
    throw first?.reason;
  });
}

class Dispatching {
  dispatch(request: Ctx, callNext: Next): Awaitable<unknown> {
    return callNext(request);
  }
}

class Processing {
  process(request: Ctx, handler: { handle(request: Ctx): Awaitable<unknown> }): Awaitable<unknown> {
    return handler.handle(request);
  }
}

/** The rest as the handler of a pipeline that is observed, once by an observer that fails. */
function observing(clock: Clock, ...middleware: readonly Subject[]): Subject {
  return function observing(ctx, next) {
    const serve = middleware
      .reduce((built, one) => built.use(one), pipeline<Ctx, unknown>())
      .handle((given) => next(given));
    const fail = (): never => {
      throw new Error('observer');
    };
    observe(serve, recorder().observer);
    observe(serve, { enter: fail, leave: fail }, { clock, onFailure: () => {} });
    return serve(ctx);
  };
}

/** The rest as a wrapped function, which is called with the context of the call. */
function wrapping(...middleware: readonly Subject[]): Subject {
  return function wrapping(ctx, next) {
    const rest = wrapWithContext(
      (given: CallContext) => next(given as unknown as Ctx),
      ...middleware,
    );
    return rest.withContext(ctx);
  };
}

async function linking(ctx: Ctx, next: Next): Promise<unknown> {
  const linked = linkSignals(ctx.signal);
  try {
    return await next({ ...ctx, signal: linked.signal });
  } finally {
    linked.dispose();
  }
}

function waiting(clock: Clock): Subject {
  return async function waiting({ signal }, next) {
    await sleep(1000, { clock, signal });
    return next();
  };
}
