/** Tests of lint: each rule finds its mistake, and nothing where there is none. */
import {
  type Composable,
  define,
  type Middleware,
  type Policy,
  pipeline,
  when,
} from '@interpose/kernel';
import { describe, expect, test } from 'vitest';
import { circuitBreaker } from './circuit-breaker/circuit-breaker.ts';
import { fallback } from './fallback.ts';
import { hedge } from './hedge/hedge.ts';
import { lint, type LintRule } from './lint.ts';
import { retry } from './retry/retry.ts';
import { standard } from './standard.ts';
import { timeout } from './timeout/timeout.ts';

const total = (): Policy => timeout({ timeoutMs: 1000, name: 'total' });
const attempt = (): Policy => timeout({ timeoutMs: 100, name: 'attempt' });
const passing = (name: string): Policy => define({ name }, (ctx, next) => next(ctx));

const rulesOf = (...list: Composable[]): LintRule[] => lint(list).map(({ rule }) => rule);

describe('lint', () => {
  test('finds nothing in the standard stack, nor in an empty one', () => {
    expect(lint([standard()])).toEqual([]);
    expect(lint([])).toEqual([]);
  });

  test('M-180 a fallback inside a retry hides every failure from it', () => {
    const again = retry();
    const [found, ...others] = lint([total(), again, fallback({ fallback: 0 }), attempt()]);
    expect(others).toEqual([]);
    expect(found).toEqual({
      rule: 'fallback-inside-retry',
      severity: 'mistake',
      message:
        '"retry" never sees a failure: "fallback" further in answers in its place. Put the fallback outside.',
      middleware: ['retry', 'fallback'],
    });
    expect(rulesOf(fallback({ fallback: 0 }), total(), retry(), attempt())).toEqual([]);
  });

  test('a retry wants a limit for each attempt and one for the whole', () => {
    expect(rulesOf(total(), retry())).toEqual(['retry-without-attempt-timeout']);
    expect(rulesOf(retry(), attempt())).toEqual(['retry-without-total-timeout']);
    expect(rulesOf(retry())).toEqual([
      'retry-without-attempt-timeout',
      'retry-without-total-timeout',
    ]);
  });

  test('a breaker belongs inside the retry', () => {
    expect(rulesOf(total(), circuitBreaker(), retry(), attempt())).toEqual([
      'breaker-outside-retry',
    ]);
  });

  test('a timeout that is never up before the one further out', () => {
    expect(rulesOf(attempt(), total())).toEqual(['timeout-never-up']);
    expect(rulesOf(timeout({ timeoutMs: () => 5 }), total())).toEqual([]);
  });

  test('one instance mounted twice', () => {
    const breaker = circuitBreaker();
    expect(rulesOf(breaker, breaker)).toEqual(['mounted-twice']);
    expect(rulesOf(circuitBreaker(), circuitBreaker())).toEqual([]);
    const plain = passing('plain');
    expect(rulesOf(plain, plain)).toEqual([]);
  });

  test('what repeats round what is not idempotent', () => {
    const list = [total(), retry(), hedge({ idempotent: true }), attempt()];
    expect(
      lint(list, { idempotent: false }).map(({ rule, middleware }) => [rule, middleware]),
    ).toEqual([
      ['repeats-what-is-not-idempotent', ['retry']],
      ['repeats-what-is-not-idempotent', ['hedge']],
    ]);
    expect(lint(list, { idempotent: true })).toEqual([]);
    // @ts-expect-error -- a hedge must be told that the call is idempotent
    expect(() => hedge({})).toThrow('idempotent');
  });

  test('M-180 a boundary that is not outermost, and a cache outside authentication', async () => {
    const { cache } = await import('./cache/cache.ts');
    const remembers = cache({ key: () => 'k' });
    expect(rulesOf(passing('logging'), passing('exceptionBoundary'))).toEqual([
      'boundary-not-outermost',
    ]);
    expect(rulesOf(passing('exceptionBoundary'), passing('logging'))).toEqual([]);
    expect(rulesOf(remembers, passing('authenticate'))).toEqual(['cache-outside-authentication']);
    const guards = define({ name: 'letIn', phase: 'guard' }, passing('x'));
    const provides = define({ name: 'who', provides: ['user'] }, passing('x'));
    expect(rulesOf(remembers, guards)).toEqual(['cache-outside-authentication']);
    expect(rulesOf(remembers, provides)).toEqual(['cache-outside-authentication']);
    expect(rulesOf(passing('authenticate'), remembers)).toEqual([]);
  });

  test('looks at pipelines in their effective order, and inside conditional middleware', () => {
    const stack = pipeline<object, number>()
      .use(retry(), { priority: 5 })
      .use(total(), { priority: 1 })
      .use(attempt(), { priority: 9 });
    expect(lint(stack)).toEqual([]);
    const hidden = when(() => true, retry() as Middleware<object, number>);
    expect(lint([hidden]).map(({ rule }) => rule)).toContain('retry-without-attempt-timeout');
  });

  test('refuses options that it does not know', () => {
    expect(() => lint([], { idempotnet: true } as never)).toThrow('Did you mean "idempotent"?');
    expect(() => lint([7 as never])).toThrow(TypeError);
  });
});
