/** Tests of outcomes: what counts as what. */
import { describe, expect, test } from 'vitest';
import { BulkheadFullError, CircuitOpenError, TimeoutError } from './errors.ts';
import { isRefusal, verdictOf } from './outcome.ts';

const failed = (error: unknown): { ok: false; error: unknown } => ({ ok: false, error });

describe('verdictOf', () => {
  test('P-31 a value is a success, also undefined; an error is a failure, also a timeout', () => {
    expect(verdictOf({ ok: true, value: undefined }, {}, undefined)).toBe('success');
    expect(verdictOf(failed(new Error('no')), {}, undefined)).toBe('failure');
    expect(verdictOf(failed(new TimeoutError('t', 1, 1)), {}, undefined)).toBe('failure');
  });

  test('M-68 a refusal further in, and whatever comes once the caller has left, is ignored', () => {
    const open = new CircuitOpenError({ policy: 'b', state: 'open', retryAfterMs: 5 });
    const full = new BulkheadFullError('b', 1, 0);
    expect([open, full].map(isRefusal)).toEqual([true, true]);
    expect(isRefusal({ code: 'CIRCUIT_OPEN' })).toBe(false);
    expect(verdictOf(failed(open), {}, undefined)).toBe('ignored');
    const left = { signal: AbortSignal.abort() };
    expect(verdictOf(failed(new Error('no')), left, undefined)).toBe('ignored');
    expect(verdictOf({ ok: true, value: 1 }, left, undefined)).toBe('success');
  });

  test('a classifier has the word, unless it leaves it or throws', () => {
    const outcome = failed(new Error('no'));
    expect(verdictOf(outcome, {}, () => 'ignored')).toBe('ignored');
    expect(verdictOf(outcome, {}, () => undefined)).toBe('failure');
    const throwing = (): never => {
      throw new Error('classifier');
    };
    expect(verdictOf({ ok: true, value: 1 }, {}, throwing)).toBe('failure');
  });
});
