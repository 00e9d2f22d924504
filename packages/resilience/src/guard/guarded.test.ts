/** Tests of the marks by which a middleware says how it is to be guarded. */
import {
  type AnyMiddleware,
  compose,
  createMiddleware,
  define,
  pipeline,
  type Runner,
} from '@interpose/kernel';
import { layersOf } from '@interpose/kernel/layers';
import { describe, expect, test } from 'vitest';
import { timeout } from '../timeout/timeout.ts';
import { guarded, marksOf, type OptionalMark } from './guarded.ts';

const pass: AnyMiddleware = function pass(ctx, next) {
  return next(ctx) as unknown;
};
const marks = (middleware: unknown): readonly object[] =>
  layersOf(middleware as AnyMiddleware, 0).map(marksOf);

describe('guarded', () => {
  test('marks a twin; the middleware itself stays as it is', () => {
    const marked = guarded({ optional: true, timeoutMs: 50 }, pass);
    expect(marks(marked)).toEqual([{ optional: true, timeoutMs: 50 }]);
    expect(marks(pass)).toEqual([{}]);
    expect(marked.name).toBe('pass');
  });

  test('marks add up', () => {
    expect(
      marks(guarded({ timeoutMs: 5 }, guarded({ security: true, timeoutMs: 9 }, pass))),
    ).toEqual([{ security: true, timeoutMs: 5 }]);
  });

  test.each([
    ['a function', pass],
    ['hooks', createMiddleware({ name: 'pass', before() {} })],
    [
      'an object',
      new (class Pass {
        readonly #word = 'pass';
        get name(): string {
          return 'pass';
        }
        handle(ctx: unknown, next: (ctx: unknown) => unknown): unknown {
          return this.#word && next(ctx);
        }
      })(),
    ],
    [
      'one with traits',
      define(
        { name: 'pass', priority: -1, version: '2' },
        (ctx: unknown, next: (ctx: unknown) => unknown) => next(ctx),
      ),
    ],
  ])('%s does what it did', (_, middleware) => {
    const marked = guarded({ security: true }, middleware as AnyMiddleware);
    const before = layersOf(middleware as AnyMiddleware, 0);
    const after = layersOf(marked, 0);
    expect(after.map(({ name }) => name)).toEqual(['pass']);
    expect(marks(marked)).toEqual([{ security: true }]);
    expect(after[0]?.traits.priority).toBe(before[0]?.traits.priority);
    const serve = pipeline<object, unknown>()
      .use(marked)
      .handle(() => 'answer') as Runner<object, unknown>;
    expect(serve({})).toBe('answer');
  });

  test('a composed one is marked layer by layer', () => {
    const both = compose<object, unknown>(pass, guarded({ timeoutMs: 7 }, pass));
    expect(marks(guarded({ security: true }, both as AnyMiddleware))).toEqual([
      { security: true },
      { security: true, timeoutMs: 7 },
    ]);
    expect(marks(both)).toEqual([{}, { timeoutMs: 7 }]);
    expect(marks(guarded({ optional: true }, compose(pass) as AnyMiddleware))).toEqual([
      { optional: true },
    ]);
  });

  test('a policy keeps what it can do, and called by itself it does it', () => {
    const policy = guarded({ timeoutMs: 0 }, timeout({ timeoutMs: 9 }));
    expect(policy.describe().options['timeoutMs']).toBe(9);
    expect(policy({}, () => 'answer')).toBe('answer');
  });

  test('refuses marks that there are not', () => {
    const marking =
      (mark: unknown, middleware: unknown = pass) =>
      () =>
        guarded(mark as OptionalMark, middleware as AnyMiddleware);
    expect(marking({ optional: false })).toThrow('Expected `optional` to be true, got `false`');
    expect(marking({ security: 1 })).toThrow('Expected `security` to be true');
    expect(marking({ timeoutMs: -1 })).toThrow(RangeError);
    expect(marking({ optinal: true })).toThrow('Did you mean "optional"?');
    expect(marking(5)).toThrow('Expected `mark` to be an object');
    expect(marking({ optional: true }, 5)).toThrow(TypeError);
    expect(marking({ optional: true, security: true })).toThrow('cannot be `optional`');
  });
});
