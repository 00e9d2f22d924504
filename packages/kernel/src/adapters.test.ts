/** Adapters: middleware of five shapes in one pipeline, each able to go on, to stop, to change what comes back. */
import { settle } from '@interpose/testing';
import { describe, expect, test, vi } from 'vitest';
import {
  type CallNextForm,
  type CurriedForm,
  type Dispatcher,
  fromCallNext,
  fromCurried,
  fromPhases,
  fromProcess,
  type PhaseForm,
  type PhaseOptions,
  type Processor,
  type RequestHandler,
} from './adapters.ts';
import { DoubleNextError, LostResultError, NoAnswerError } from './errors.ts';
import type { Middleware } from './middleware.ts';
import { pipeline } from './pipeline.ts';

interface Query {
  readonly id: number;
}
interface Ctx {
  readonly request: Query;
  readonly log: string[];
  /** The name of the layer that shall stop the call. */
  stopAt?: string;
}
type Form = Middleware<Ctx, string>;

const call = (...middleware: Form[]): ((ctx: Ctx) => Promise<string>) => {
  const run = middleware
    .reduce((built, one) => built.use(one), pipeline<Ctx, string>())
    .handle((ctx) => {
      ctx.log.push(`handler ${ctx.request.id}`);
      return 'answer';
    });
  return async (ctx) => run(ctx);
};
const fresh = (stopAt?: string): Ctx => ({
  request: { id: 1 },
  log: [],
  ...(stopAt !== undefined && { stopAt }),
});
const refuse: PhaseOptions<Ctx, string> = { refuse: (_, by) => `stopped by ${by.name}` };

// The five forms, each of which logs on its way in and out and stops when it is told to.
const native: Form = async (ctx, next) => {
  if (ctx.stopAt === 'native') return 'stopped by native';
  ctx.log.push('native in');
  const result = await next();
  ctx.log.push('native out');
  return result;
};
const callNextForm: CallNextForm<Ctx, string> = async (request, callNext) => {
  if (request.stopAt === 'callNext') return 'stopped by callNext';
  request.log.push('callNext in');
  const response = await callNext(request);
  request.log.push('callNext out');
  return response;
};
class Timing implements Dispatcher<Ctx, string> {
  readonly label = 'dispatch';
  async dispatch(request: Ctx, callNext: (request?: Ctx) => unknown): Promise<string> {
    if (request.stopAt === this.label) return `stopped by ${this.label}`;
    request.log.push(`${this.label} in`);
    const response = (await callNext()) as string;
    request.log.push(`${this.label} out`);
    return response;
  }
}
class Session implements Processor<Ctx, string> {
  readonly label = 'process';
  async process(request: Ctx, handler: RequestHandler<Ctx, string>): Promise<string> {
    if (request.stopAt === this.label) return `stopped by ${this.label}`;
    request.log.push(`${this.label} in`);
    const response = await handler.handle(request);
    request.log.push(`${this.label} out`);
    return response;
  }
}
const phases: PhaseForm<Ctx>[] = [
  {
    name: 'guard',
    phase: 'access',
    handle: (ctx) => {
      ctx.log.push('phases in');
      return ctx.stopAt !== 'guard';
    },
  },
  { name: 'stamp', phase: 'header_filter', handle: (ctx) => void ctx.log.push('phases out') },
];
const curried: CurriedForm<Ctx, Query, string> = (next) => (context, request) => {
  if (context.stopAt === 'curried') return 'stopped by curried';
  context.log.push('curried in');
  const response = next(context, request) as Promise<string>;
  return Promise.resolve(response).then((late) => {
    context.log.push('curried out');
    return late;
  });
};
const ALL = ['native', 'callNext', 'dispatch', 'process', 'phases', 'curried'];
const mixed = (): Form[] => [
  native,
  fromCallNext(callNextForm),
  fromCallNext(new Timing()),
  fromProcess(new Session()),
  fromPhases(phases, refuse),
  fromCurried(curried),
];

describe('the five forms', () => {
  test('X-01 X-02 stand in one pipeline and go on, each in its own words, in the order of the onion', async () => {
    const ctx = fresh();
    expect(await call(...mixed())(ctx)).toBe('answer');
    const way = ALL.map((name) => `${name} in`);
    const back = ALL.map((name) => `${name} out`).reverse();
    expect(ctx.log).toEqual([...way, 'handler 1', ...back]);
  });

  test('X-01 in any order', async () => {
    const ctx = fresh();
    await call(...mixed().reverse())(ctx);
    expect(ctx.log.slice(0, 6)).toEqual(ALL.map((name) => `${name} in`).reverse());
  });

  test.each([
    ['native', 'native', []],
    ['callNext', 'callNext', ['native']],
    ['dispatch', 'dispatch', ['native', 'callNext']],
    ['process', 'process', ['native', 'callNext', 'dispatch']],
    ['curried', 'curried', ['native', 'callNext', 'dispatch', 'process', 'phases']],
  ])('X-03 %s stops by answering without going on', async (stopAt, by, outer) => {
    const ctx = fresh(stopAt);
    expect(await call(...mixed())(ctx)).toBe(`stopped by ${by}`);
    const names = outer as string[];
    expect(ctx.log).toEqual([
      ...names.map((name) => `${name} in`),
      ...names.map((name) => `${name} out`).reverse(),
    ]);
  });

  test('X-03 access stops by `false`, and the filters see the refusal', async () => {
    const ctx = fresh('guard');
    expect(await call(...mixed())(ctx)).toBe('stopped by guard');
    expect(ctx.log.slice(4, 6)).toEqual(['phases in', 'phases out']);
    expect(ctx.log).not.toContain('handler 1');
  });

  test('X-01 an error comes through each of them as the same object', async () => {
    const boom = new Error('boom');
    const run = mixed()
      .reduce((built, one) => built.use(one), pipeline<Ctx, string>())
      .handle(() => {
        throw boom;
      });
    await expect((async () => run(fresh()))()).rejects.toBe(boom);
  });

  test('X-01 what is passed on is what the rest sees', async () => {
    const other = { ...fresh(), request: { id: 2 } };
    const seen: number[] = [];
    const run = pipeline<Ctx, string>()
      .use(fromCallNext((_, callNext) => callNext(other)))
      .use(
        fromProcess({
          process: (ctx, handler) => handler({ ...ctx, request: { id: ctx.request.id + 1 } }),
        }),
      )
      .use(
        fromCurried(
          (next) => (context, request) => next(context, { id: (request as Query).id + 1 }),
        ),
      )
      .use((ctx, next) => {
        seen.push(ctx.request.id);
        return next();
      })
      .handle((ctx) => `${ctx.request.id}`);
    expect(await run(fresh())).toBe('4');
    expect(seen).toEqual([4]);
    expect(other.request.id).toBe(2);
  });

  test('X-01 synchronous ones stay synchronous', () => {
    const run = pipeline<Ctx, string>()
      .use(fromCallNext((ctx, callNext) => callNext(ctx)))
      .use(fromProcess({ process: (ctx, handler) => handler.handle(ctx) }))
      .use(fromCurried((next) => (context, request) => next(context, request as Query)))
      .handleSync(() => 'plain');
    expect(run(fresh())).toBe('plain');
  });
});

describe('names and rules', () => {
  const nameOf = (middleware: Form): string =>
    pipeline<Ctx, string>().use(middleware).describe()[0]?.name ?? '';

  test('the name is that of the function, of the object, of the class, or of the adapter', () => {
    expect(nameOf(fromCallNext(callNextForm))).toBe('callNextForm');
    expect(nameOf(fromCallNext(new Timing()))).toBe('Timing');
    expect(nameOf(fromCallNext({ dispatch: callNextForm }))).toBe('fromCallNext');
    expect(nameOf(fromCallNext(async (ctx, next) => next(ctx)))).toBe('fromCallNext');
    expect(nameOf(fromProcess(new Session()))).toBe('Session');
    expect(
      nameOf(
        fromProcess({
          name: 'mine',
          process: (_: Ctx, next: RequestHandler<Ctx, string>) => next(_),
        } as never),
      ),
    ).toBe('mine');
    expect(
      nameOf(
        fromProcess(Object.assign(Object.create(null) as object, { process: () => 'x' }) as never),
      ),
    ).toBe('fromProcess');
    expect(nameOf(fromCurried(curried))).toBe('curried');
    expect(nameOf(fromPhases(phases, refuse))).toBe('phases(guard, stamp)');
  });

  test('a missing answer is an error that names the form', async () => {
    const silent = fromProcess<Ctx, string>({ process: (async () => {}) as never });
    await expect(call(silent)(fresh())).rejects.toThrow(NoAnswerError);
    class Forgetful {
      async process(ctx: Ctx, handler: RequestHandler<Ctx, string>): Promise<void> {
        await handler(ctx);
      }
    }
    const lost = call(fromProcess<Ctx, string>(new Forgetful() as never))(fresh());
    await expect(lost).rejects.toThrow(LostResultError);
    await expect(lost).rejects.toThrow('Middleware "Forgetful" lost the result of its next()');
  });

  test('going on twice is an error in every form', async () => {
    const twice: Form[] = [
      fromCallNext(async (ctx, callNext) => {
        await callNext(ctx);
        return callNext(ctx);
      }),
      fromProcess({
        async process(ctx, handler) {
          await handler.handle(ctx);
          return handler(ctx);
        },
      }),
      fromCurried((next) => async (context, request) => {
        await next(context, request as Query);
        return next(context, request as Query);
      }),
    ];
    for (const one of twice) await expect(call(one)(fresh())).rejects.toThrow(DoubleNextError);
  });

  test('the outer function of the curried form runs for each call', async () => {
    let outer = 0;
    const run = call(
      fromCurried((next) => {
        outer++;
        return (context, request) => next(context, request as Query);
      }),
    );
    await run(fresh());
    await run(fresh());
    expect(outer).toBe(2);
  });

  test('what has another form is refused when it is adapted', () => {
    expect(() => fromCallNext({} as never)).toThrow(
      'Expected `dispatch` to be a function, got `undefined` (undefined).',
    );
    expect(() => fromCallNext(undefined as never)).toThrow(TypeError);
    expect(() => fromProcess({ process: 5 } as never)).toThrow(
      'Expected `process` to be a function, got `5` (number).',
    );
    expect(() => fromCurried({} as never)).toThrow(
      'Expected `form` to be a function, got `{}` (object).',
    );
  });
});

describe('fromPhases', () => {
  const form = (
    name: string,
    phase: PhaseForm<Ctx>['phase'],
    priority?: number,
  ): PhaseForm<Ctx> => ({
    name,
    phase,
    ...(priority !== undefined && { priority }),
    handle: (ctx) => void ctx.log.push(name),
  });

  test('X-C2 each phase has its own order; header filters do not run in the reverse of access', async () => {
    const ctx = fresh();
    const layer = fromPhases(
      [
        form('log 2', 'log', 20),
        form('access 2', 'access', 20),
        form('filter 1', 'header_filter', 10),
        form('access 1', 'access', 10),
        form('filter 2', 'headerFilter', 20),
        form('log 1', 'log', 10),
      ],
      refuse,
    );
    expect(await call(layer)(ctx)).toBe('answer');
    expect(ctx.log.slice(0, 5)).toEqual([
      'access 1',
      'access 2',
      'handler 1',
      'filter 1',
      'filter 2',
    ]);
    await settle();
    expect(ctx.log.slice(5)).toEqual(['log 1', 'log 2']);
  });

  test('X-C2 it is one layer of an onion', async () => {
    const ctx = fresh();
    const outer: Form = async (c, next) => {
      c.log.push('outer in');
      const result = await next();
      c.log.push('outer out');
      return result;
    };
    await call(
      outer,
      fromPhases([form('access', 'access'), form('filter', 'headerFilter')], refuse),
    )(ctx);
    expect(ctx.log).toEqual(['outer in', 'access', 'handler 1', 'filter', 'outer out']);
  });

  test('equals keep the order of the list, and 100 is the default', async () => {
    const ctx = fresh();
    const list = [
      form('c', 'access', 101),
      form('a', 'access'),
      form('b', 'access', 100),
      form('first', 'access', 99),
    ];
    const before = [...list];
    await call(fromPhases(list, refuse))(ctx);
    expect(ctx.log.slice(0, 4)).toEqual(['first', 'a', 'b', 'c']);
    expect(list).toEqual(before);
  });

  test('only `false` refuses: nothing, true and other values go on; the later ones in access do not run', async () => {
    for (const [said, answer] of [
      [undefined, 'answer'],
      [true, 'answer'],
      [0, 'answer'],
      [null, 'answer'],
      [false, 'stopped by said'],
    ] as const) {
      const ctx = fresh();
      const said1: PhaseForm<Ctx> = {
        name: 'said',
        phase: 'access',
        handle: async () => said as never,
      };
      expect(await call(fromPhases([said1, form('later', 'access', 200)], refuse))(ctx)).toBe(
        answer,
      );
      expect(ctx.log.includes('later')).toBe(said !== false);
    }
  });

  test('a handler keeps its this, and may be asynchronous', async () => {
    const counting = {
      name: 'counting',
      phase: 'access' as const,
      calls: 0,
      async handle() {
        await settle();
        this.calls++;
        return true;
      },
    };
    await call(fromPhases<Ctx, string>([counting], refuse))(fresh());
    expect(counting.calls).toBe(1);
  });

  test('X-C2 log runs once, after an answer, a refusal and an error; filters see answers only', async () => {
    const boom = new Error('boom');
    const list = [form('filter', 'header_filter'), form('log', 'log')];
    for (const [access, outcome, log] of [
      [() => true, 'answer', ['handler 1', 'filter', 'log']],
      [() => false, 'stopped by access', ['filter', 'log']],
      [
        () => {
          throw boom;
        },
        boom,
        ['log'],
      ],
    ] as const) {
      const ctx = fresh();
      const layer = fromPhases(
        [{ name: 'access', phase: 'access', handle: access }, ...list],
        refuse,
      );
      const ended: unknown = await call(layer)(ctx).catch((error: unknown) => error);
      await settle();
      expect(ended).toBe(outcome);
      expect(ctx.log).toEqual(log);
    }
  });

  test('what a log throws, and how long it takes, changes no answer', async () => {
    const failures: unknown[] = [];
    const late = new Error('late');
    const ctx = fresh();
    const layer = fromPhases<Ctx, string>(
      [
        {
          name: 'throws',
          phase: 'log',
          handle: () => {
            throw late;
          },
        },
        {
          name: 'never ends',
          phase: 'log',
          priority: 200,
          handle: () => new Promise<void>(() => {}),
        },
        form('in between', 'log', 150),
      ],
      { ...refuse, onFailure: (error) => failures.push(error) },
    );
    expect(await call(layer)(ctx)).toBe('answer');
    await settle();
    expect(failures).toEqual([late]);
    expect(ctx.log).toEqual(['handler 1', 'in between']);
  });

  test('by default a failure of a log is written to the console, and so is that of whoever is told', async () => {
    const write = vi.spyOn(console, 'error').mockImplementation(() => {});
    const fails: PhaseForm<Ctx> = {
      name: 'fails',
      phase: 'log',
      handle: async () => {
        throw new Error('no disk');
      },
    };
    await call(fromPhases([fails], refuse))(fresh());
    await settle();
    expect(write).toHaveBeenCalledTimes(1);
    const onFailure = (): never => {
      throw new Error('nor here');
    };
    await call(fromPhases([fails], { ...refuse, onFailure }))(fresh());
    await settle();
    expect(write).toHaveBeenCalledTimes(2);
    write.mockRestore();
  });

  test('what cannot be right is refused when it is made', () => {
    const wrong =
      (given: object): (() => unknown) =>
      () =>
        fromPhases([{ ...form('x', 'access'), ...given }], refuse);
    expect(wrong({ phase: 'acces' })).toThrow(
      'Expected `phase of x` to be one of access, header_filter, headerFilter, log, got `acces` (string).',
    );
    expect(wrong({ phase: 'content' })).toThrow(TypeError);
    expect(wrong({ priority: Number.NaN })).toThrow(
      'Expected `priority of x` to be a number, got `NaN` (number).',
    );
    expect(wrong({ priority: '5' })).toThrow(TypeError);
    expect(wrong({ handle: 5 })).toThrow(
      'Expected `handle of x` to be a function, got `5` (number).',
    );
    expect(() => fromPhases([], {} as never)).toThrow('Expected `refuse` to be a function');
  });
});
