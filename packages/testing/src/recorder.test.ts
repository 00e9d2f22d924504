/** The recorder writes down who was entered and left. */
import { compose, pipeline } from '@interpose/kernel';
import { observe } from '@interpose/kernel/observe';
import { describe, expect, test } from 'vitest';
import { fakeClock, recorder, WrongOrderError } from './index.ts';

describe('recorder', () => {
  test('M-173 records the seven steps of an onion of three', async () => {
    const journal = recorder();
    const stack = compose<object, string>(...['a', 'b', 'c'].map(journal.middleware));
    expect(
      await stack(
        {},
        journal.wrap(async () => 'ok', 'fn'),
      ),
    ).toBe('ok');
    journal.expectOrder('a-before', 'b-before', 'c-before', 'fn', 'c-after', 'b-after', 'a-after');
    expect(journal.entries).toHaveLength(7);
  });

  test('M-173 shows how the order differs', () => {
    const journal = recorder();
    for (const entry of ['a-before', 'fn', 'b-before']) journal.log(entry);
    const check = (): void => journal.expectOrder('a-before', 'b-before', 'fn', 'a-after');
    expect(check).toThrow(WrongOrderError);
    expect(check).toThrow(
      [
        'Expected another order; "<" marks where it differs.',
        '     expected  got',
        '  1  a-before  a-before',
        '  2  b-before  fn  <',
        '  3  fn        b-before  <',
        '  4  a-after   -  <',
      ].join('\n'),
    );
    expect(() => journal.expectOrder('a-before', 'fn')).toThrow(WrongOrderError);
    expect(() => journal.expectOrder('a-before', 'fn', 'b-before')).not.toThrow();
  });

  test('records failures on the way out, and passes them on', async () => {
    const journal = recorder();
    const error = new Error('no');
    const stack = compose<object, string>(journal.middleware('a'), journal.middleware('b'));
    const fail = (): never => {
      throw error;
    };
    expect(() => stack({}, fail)).toThrow(error);
    await expect(stack({}, async () => fail())).rejects.toBe(error);
    const once = ['a-before', 'b-before', 'b-error', 'a-error'];
    journal.expectOrder(...once, ...once);
  });

  test('its middleware are as synchronous as the rest, and bear their names', () => {
    const middleware = recorder().middleware('audit');
    expect(middleware.name).toBe('audit');
    expect(compose<object, number>(middleware)({}, () => 7)).toBe(7);
  });

  test('wraps functions with their name, length and this', () => {
    const journal = recorder();
    const counter = {
      step: 2,
      add: journal.wrap(function add(this: { step: number }, to: number): number {
        return this.step + to;
      }),
    };
    expect(counter.add(5)).toBe(7);
    expect([counter.add.name, counter.add.length]).toEqual(['add', 1]);
    journal.wrap(() => 0, 'other')();
    journal.expectOrder('add', 'other');
  });

  test('forgets', () => {
    const journal = recorder();
    journal.log('a');
    journal.clear();
    journal.expectOrder();
  });
});

describe('its observer', () => {
  interface Ctx {
    step: string;
    readonly list: string[];
  }

  const observed = (journal: ReturnType<typeof recorder>) => {
    const run = pipeline<Ctx, string>()
      .use(function outer(ctx, next) {
        ctx.step = 'outer';
        return next();
      })
      .use(async function inner(ctx, next) {
        ctx.step = 'inner';
        const result = await next();
        ctx.step = 'left inner';
        return result;
      })
      .handle(({ step }) => {
        if (step !== 'inner') throw new Error(step);
        return 'ok';
      });
    observe(run, journal.observer, { clock: fakeClock() });
    return run;
  };

  test('M-43 keeps what the context was before and after each layer', async () => {
    const journal = recorder({ snapshots: true });
    expect(await observed(journal)({ step: 'start', list: [] })).toBe('ok');
    journal.expectOrder('outer-before', 'inner-before', 'inner-after', 'outer-after');
    expect(journal.snapshots).toEqual([
      { middleware: 'outer', at: 'before', context: { step: 'start', list: [] } },
      { middleware: 'inner', at: 'before', context: { step: 'outer', list: [] } },
      { middleware: 'inner', at: 'after', context: { step: 'left inner', list: [] } },
      { middleware: 'outer', at: 'after', context: { step: 'left inner', list: [] } },
    ]);
    journal.clear();
    expect(journal.snapshots).toEqual([]);
  });

  test('keeps no snapshots unless told to', async () => {
    const journal = recorder();
    await observed(journal)({ step: 'start', list: [] });
    expect(journal.entries).toHaveLength(4);
    expect(journal.snapshots).toEqual([]);
  });

  test('records failures', async () => {
    const journal = recorder();
    const run = pipeline<object, string>()
      .use(function layer(_, next) {
        return next();
      })
      .handle(() => {
        throw new Error('no');
      });
    observe(run, journal.observer, { clock: fakeClock() });
    expect(() => run({})).toThrow('no');
    journal.expectOrder('layer-before', 'layer-error');
  });

  test('names an unknown option', () => {
    expect(() => recorder({ snapshot: true } as never)).toThrow(/Did you mean .snapshots/);
  });
});
