/** The builder: order, edits by name, states, reports; and that what it gives is what it says. */
import { describe, expect, test } from 'vitest';
import { compose } from './compose-proven.ts';
import { OrderError, UnexpectedPromiseError, UnknownMiddlewareError } from './errors.ts';
import { before, createMiddleware } from './hooks.ts';
import type { Middleware } from './middleware.ts';
import { type Pipeline, pipeline } from './pipeline.ts';
import type { Placement } from './traits.ts';
import { define } from './layer.ts';

interface Ctx {
  log: string[];
}
const mark = (name: string): Middleware<Ctx, string> =>
  define({ name }, (ctx: Ctx, next: () => unknown) => {
    ctx.log.push(name);
    return next() as string;
  }) as unknown as Middleware<Ctx, string>;

type Built = Pipeline<Ctx, Ctx, string>;
const of = (...list: [string, Placement?][]): Built =>
  list.reduce<Built>(
    (built, [name, placement]) => built.use(mark(name), placement),
    pipeline<Ctx, string>(),
  );
const order = (built: Built): string[] => {
  const ctx: Ctx = { log: [] };
  built.handleSync(() => 'done')(ctx);
  return ctx.log;
};

test('X-06 a builder that is never changed: each step gives a new pipeline', () => {
  const one = of(['a']);
  const two = one.use(mark('b'));
  expect(order(one)).toEqual(['a']);
  expect(order(two)).toEqual(['a', 'b']);
});

describe('order', () => {
  test('X-07 X-C1 as listed, first outermost; a smaller priority stands further out; ties keep their order', () => {
    expect(order(of(['a'], ['b'], ['c']))).toEqual(['a', 'b', 'c']);
    expect(
      order(of(['a', { priority: 20 }], ['b', { priority: 10 }], ['c', { priority: 20 }])),
    ).toEqual(['b', 'a', 'c']);
    expect(order(of(['a'], ['b', { priority: -1 }]))).toEqual(['b', 'a']);
  });

  test('P-50 a declared priority changes the run order, and before and after refine it', () => {
    const declared = define({ priority: -5 }, mark('b') as object) as Middleware<Ctx, string>;
    expect(order(pipeline<Ctx, string>().use(mark('a')).use(declared))).toEqual(['b', 'a']);
    expect(order(of(['a'], ['b'], ['c', { before: 'a' }]))).toEqual(['b', 'c', 'a']);
    expect(order(of(['a', { after: ['b', 'c'] }], ['b'], ['c']))).toEqual(['b', 'c', 'a']);
    expect(order(of(['a', { priority: 1, before: 'b' }], ['b', { priority: 0 }]))).toEqual([
      'a',
      'b',
    ]);
  });

  test('phases come first, then the rest', () => {
    const built = of(
      ['handle', {}],
      ['limit', { phase: 'limit', priority: -100 }],
      ['trace', { phase: 'observe', priority: 100 }],
    );
    expect(order(built)).toEqual(['trace', 'limit', 'handle']);
    const own = pipeline<Ctx, string>({ phases: ['first', 'last'] })
      .use(mark('b'))
      .use(mark('a'), { phase: 'first' });
    expect(order(own)).toEqual(['a', 'b']);
  });

  test('a circle is an error that names everyone in it, in order', () => {
    const built = of(['a', { before: 'b' }], ['b', { before: 'c' }], ['c', { before: 'a' }], ['d']);
    const run = (): unknown => built.handle(() => 'x');
    expect(run).toThrow(OrderError);
    expect(run).toThrow('in a circle: "a" → "b" → "c" → "a".');
    expect(() => of(['a', { before: 'a' }]).handle(() => 'x')).toThrow('"a" → "a"');
  });

  test('wishes that phases forbid are an error that names both', () => {
    const built = of(['late', { before: 'early' }], ['early', { phase: 'observe' }]);
    expect(() => built.explain()).toThrow(
      'Middleware "late" (phase "execute") must stand before "early", whose phase "observe" comes first.',
    );
  });

  test('an unknown neighbour or phase is an error with a suggestion', () => {
    expect(() => of(['a', { before: 'loging' }], ['logging']).handle(() => 'x')).toThrow(
      'Middleware "a" names the middleware "loging"; there is none. Did you mean "logging"?',
    );
    expect(() => of(['a', { phase: 'gaurd' }]).handle(() => 'x')).toThrow('Did you mean "guard"?');
    expect(() => of(['a', { prio: 1 } as Placement])).toThrow(
      'Unknown option `prio` of a placement.',
    );
  });

  test('P-51 what a middleware requires must stand or be provided further out', () => {
    expect(order(of(['session'], ['basket', { requires: ['session'] }]))).toEqual([
      'session',
      'basket',
    ]);
    expect(
      order(of(['redis', { provides: ['session'] }], ['basket', { requires: ['session'] }])),
    ).toHaveLength(2);
    expect(() => of(['basket', { requires: ['session'] }]).handle(() => 'x')).toThrow(
      'Middleware "basket" requires "session", which nobody provides.',
    );
    expect(() => of(['basket', { requires: ['session'] }], ['session']).handle(() => 'x')).toThrow(
      '"basket" requires "session", which "session" provides further in.',
    );
    expect(() =>
      of(['session', { state: 'disabled' }], ['basket', { requires: ['session'] }]).handle(
        () => 'x',
      ),
    ).toThrow('nobody provides');
  });
});

describe('edits', () => {
  const built = of(['a'], ['b'], ['c']);

  test('without, replace, insertBefore and insertAfter go by name and change nothing that was there', () => {
    expect(order(built.without('b'))).toEqual(['a', 'c']);
    expect(order(built.replace('b', mark('x')))).toEqual(['a', 'x', 'c']);
    expect(order(built.insertBefore('b', mark('x')))).toEqual(['a', 'x', 'b', 'c']);
    expect(order(built.insertAfter('b', mark('x')))).toEqual(['a', 'b', 'x', 'c']);
    expect(order(built)).toEqual(['a', 'b', 'c']);
  });

  test('what is replaced keeps its name and place', () => {
    const replaced = of(['a'], ['b', { priority: -1 }]).replace('b', mark('x'));
    expect(replaced.describe().map(({ name, origin }) => [name, origin])).toEqual([
      ['b', 'replace("b")'],
      ['a', 'use() 1'],
    ]);
  });

  test('an inserted one stands directly beside its neighbour, in its phase', () => {
    const phased = of(['guard', { phase: 'guard', priority: 5 }], ['a']);
    expect(order(phased.insertAfter('guard', mark('x')))).toEqual(['guard', 'x', 'a']);
  });

  test('an unknown name is an error unless it is optional', () => {
    expect(() => built.without('bb')).toThrow(UnknownMiddlewareError);
    expect(() => built.replace('zzzzzz', mark('x'))).toThrow('There are: a, b, c.');
    expect(order(built.without('nobody', { optional: true }))).toEqual(['a', 'b', 'c']);
    expect(order(built.insertBefore('nobody', mark('x'), { optional: true }))).toEqual([
      'a',
      'b',
      'c',
    ]);
  });
});

test('X-08 a middleware is switched off and on at run time, from the next call on', async () => {
  let release = (): void => {};
  const wait = new Promise<void>((resolve) => {
    release = resolve;
  });
  const run = pipeline<Ctx, string>()
    .use(
      before(() => wait),
      { name: 'slow' },
    )
    .use(mark('audit'))
    .handle(() => 'done');
  const running: Ctx = { log: [] };
  const result = run(running);
  run.setState('audit', 'disabled');
  release();
  await result;
  expect(running.log).toEqual(['audit']);

  const after: Ctx = { log: [] };
  await run(after);
  expect(after.log).toEqual([]);
  expect(run.describe().find(({ name }) => name === 'audit')?.state).toBe('disabled');
  run.setState('audit', 'active');
  await run(after);
  expect(after.log).toEqual(['audit']);
  expect(() => run.setState('adit', 'disabled')).toThrow('Did you mean "audit"?');
});

test('X-08 switching off what somebody requires is refused, and nothing changes', () => {
  const run = of(['session'], ['basket', { requires: ['session'] }]).handle(() => 'done');
  expect(() => run.setState('session', 'disabled')).toThrow('nobody provides');
  const ctx: Ctx = { log: [] };
  run(ctx);
  expect(ctx.log).toEqual(['session', 'basket']);
});

describe('reports', () => {
  const versioned = createMiddleware<Ctx, string>({
    name: 'audit',
    version: '1.2.0',
    description: 'Writes down who did what.',
    before: () => {},
  });
  const built = pipeline<Ctx, string>()
    .use(mark('work'))
    .use(compose(mark('inner') as never, versioned as never) as never, { name: 'group' })
    .use(mark('trace'), { phase: 'observe', priority: -1 })
    .use(mark('off'), { state: 'disabled', before: 'work' });

  test('X-27 explain() prints the effective order, where each came from and why it stands there', () => {
    expect(built.explain()).toBe(
      [
        '   middleware   why here                                                  from',
        '1  trace        phase "observe", priority -1, as listed                   use() 4',
        '2  inner        phase "execute", as listed                                use() 2, group 1 of 2',
        '3  audit@1.2.0  phase "execute", as listed                                use() 2, group 2 of 2',
        '4  off          disabled; else phase "execute", before "work", as listed  use() 5',
        '5  work         phase "execute", after "off", as listed                   use() 1',
        '   handler      the handler',
      ].join('\n'),
    );
  });

  test('M-153 M-187 describe() gives names and versions as plain data', () => {
    const described = built.describe();
    expect(JSON.parse(JSON.stringify(described))).toEqual(described);
    expect(described[2]).toEqual({
      name: 'audit',
      version: '1.2.0',
      description: 'Writes down who did what.',
      phase: 'execute',
      priority: 0,
      state: 'active',
      origin: 'use() 2, group 2 of 2',
      reason: 'phase "execute", as listed',
      requires: [],
      provides: [],
      conduct: 'joined',
      children: [],
    });
  });

  test('an unnamed middleware gets a name that errors and reports agree on', async () => {
    const silent = pipeline<Ctx, string>()
      .use(mark('a'))
      .use((() => {}) as never);
    expect(silent.describe()[1]?.name).toBe('middleware-2');
    await expect(async () => silent.handle(() => 'x')({ log: [] })).rejects.toThrow(
      'Middleware "middleware-2"',
    );
  });
});

test('X-C13 handleSync gives the plain value, and refuses a promise', async () => {
  expect(of(['a']).handleSync(() => 'plain')({ log: [] })).toBe('plain');
  const later = pipeline<Ctx, string>()
    .use(async (_, next) => next())
    .handleSync(() => 'x');
  expect(() => later({ log: [] })).toThrow(UnexpectedPromiseError);
});

test('a pipeline as a middleware keeps its own order inside another', () => {
  const inner = of(['b', { priority: 1 }], ['a', { priority: 0 }]).middleware();
  const outer = pipeline<Ctx, string>()
    .use(mark('first'))
    .use(inner as never)
    .use(mark('last'), { phase: 'observe' });
  expect(order(outer as never)).toEqual(['last', 'first', 'a', 'b']);
});

test('an empty pipeline runs its handler', () => {
  expect(pipeline<{ n: number }, number>().handle(({ n }) => n + 1)({ n: 1 })).toBe(2);
});
