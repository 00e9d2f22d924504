/** Tests of tokenBudget: the vectors of the AWS SDKs. */
import { describe, expect, test } from 'vitest';
import { TimeoutError } from '../errors.ts';
import { tokenBudget } from './token-budget.ts';

const timeouts: readonly (readonly [string, unknown])[] = [
  ['ours', new TimeoutError('timeout', 100, 100)],
  ['of the platform', new DOMException('too late', 'TimeoutError')],
  ['of a socket', Object.assign(new Error('late'), { code: 'ETIMEDOUT' })],
];

/** Takes until nothing more is given; tells how often that was. */
function drain(budget: ReturnType<typeof tokenBudget>, error?: unknown): number {
  let times = 0;
  while (budget.withdraw(error) > 0) times++;
  return times;
}

describe('tokenBudget', () => {
  test('500 tokens are 100 runs at 5, or 50 after timeouts at 10', () => {
    expect(drain(tokenBudget())).toBe(100);
    expect(drain(tokenBudget(), new Error('reset'))).toBe(100);
    expect(drain(tokenBudget(), timeouts[0]?.[1])).toBe(50);
  });

  test.each(timeouts)('a timeout %s costs 10', (_whose, error) => {
    expect(tokenBudget().withdraw(error)).toBe(10);
    expect(tokenBudget().withdraw(new Error('reset'))).toBe(5);
  });

  test('with 5 tokens there is none for a timeout, and one for anything else', () => {
    const budget = tokenBudget({ capacity: 5 });
    expect(budget.withdraw(timeouts[0]?.[1])).toBe(0);
    expect(budget.withdraw()).toBe(5);
    expect(budget.withdraw()).toBe(0);
  });

  test('a call that succeeds at once gives 1 back: after five there is one run more', () => {
    const budget = tokenBudget();
    drain(budget);
    for (let call = 1; call <= 5; call++) {
      expect(budget.withdraw()).toBe(0);
      budget.succeeded?.(0);
    }
    expect(budget.withdraw()).toBe(5);
    expect(budget.withdraw()).toBe(0);
  });

  test('one that needed another run gives back what that took', () => {
    const budget = tokenBudget();
    drain(budget);
    budget.succeeded?.(5);
    expect(budget.withdraw()).toBe(5);
    expect(budget.withdraw()).toBe(0);
  });

  test('there are never more than there were at first', () => {
    const budget = tokenBudget();
    for (let call = 0; call < 100; call++) budget.succeeded?.(0);
    expect(budget.state()).toEqual({ balance: 500 });
    expect(drain(budget)).toBe(100);
  });

  test('calls alone change nothing, and reset fills it', () => {
    const budget = tokenBudget({ capacity: 10 });
    drain(budget);
    budget.deposit();
    expect(budget.state()).toEqual({ balance: 0 });
    budget.reset();
    expect(budget.state()).toEqual({ balance: 10 });
  });

  test('it says how it is set', () => {
    expect(tokenBudget({ name: 'aws' }).describe()).toEqual({
      kind: 'tokenBudget',
      name: 'aws',
      capacity: 500,
      cost: 5,
      timeoutCost: 10,
      refill: 1,
    });
  });

  test('options that are wrong are refused in a sentence', () => {
    expect(() => tokenBudget({ capacity: 0 })).toThrow(
      'Expected `capacity` to be a whole number, 1 or more, got `0` (number).',
    );
    expect(() => tokenBudget({ cost: 600 })).toThrow(
      'Expected `cost` to be no more than `capacity`, which is 500, got `600` (number).',
    );
    expect(() => tokenBudget({ cost: 0 })).toThrow(RangeError);
    expect(() => tokenBudget({ timeoutCost: 1.5 })).toThrow(RangeError);
    expect(() => tokenBudget({ refill: -1 })).toThrow(RangeError);
    expect(() => tokenBudget({ name: 5 as never })).toThrow(TypeError);
    expect(() => tokenBudget({ tokens: 5 } as never)).toThrow('Unknown option `tokens`');
  });
});
