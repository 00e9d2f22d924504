/** Tests of the circuits of middleware: states, what is asked of them, configs, and circuits that processes share. */
import { fakeClock, settle } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import { memoryCircuitStore } from '../circuit-breaker/memory-circuit-store.ts';
import { REFUSED } from '../circuit-breaker/circuit.ts';
import type { CircuitBreakerConfig } from './circuit-breaker-config.ts';
import { CircuitState } from './guard-events.ts';
import { MiddlewareCircuitBreaker } from './middleware-circuit-breaker.ts';

const under = (config: CircuitBreakerConfig = {}) => {
  const clock = fakeClock({ startMs: 7, wallMs: 1_000_000 });
  const changes: string[] = [];
  const breaker = new MiddlewareCircuitBreaker(config, {
    clock,
    onChange: (name, from, to) => changes.push(`${name}: ${from} -> ${to}`),
  });
  const circuit = breaker.circuitOf('mine');
  const run = (how: 'succeeded' | 'failed' | 'ignored'): boolean => {
    const generation = circuit.admit();
    if (generation === REFUSED) {
      circuit.rejected();
      return false;
    }
    if (how === 'failed') circuit.failed(generation, new Error('ill'));
    else circuit[how](generation);
    return true;
  };
  return { clock, breaker, circuit, changes, run };
};

describe('MiddlewareCircuitBreaker', () => {
  test('P-20 P-22 opens after five failures in a row and tells the state', () => {
    const { breaker, run, changes } = under();
    for (let time = 0; time < 4; time++) run('failed');
    run('succeeded');
    for (let time = 0; time < 4; time++) run('failed');
    run('ignored');
    expect(breaker.getState('mine')).toBe(CircuitState.CLOSED);
    run('failed');
    expect(breaker.getState('mine')).toBe(CircuitState.OPEN);
    expect(run('succeeded')).toBe(false);
    expect(changes).toEqual(['mine: CLOSED -> OPEN']);
  });

  test('P-22 the states are these three', () => {
    expect(CircuitState).toEqual({ CLOSED: 'CLOSED', OPEN: 'OPEN', HALF_OPEN: 'HALF_OPEN' });
  });

  test('P-21 P-22 P-24 P-41 one that is unknown is allowed, closed and has no figures', () => {
    const { breaker } = under();
    expect(breaker.isAllowed('nobody')).toBe(true);
    expect(breaker.getState('nobody')).toBe('CLOSED');
    expect(breaker.getMetrics('nobody')).toEqual({
      name: 'nobody',
      state: 'CLOSED',
      failures: 0,
      consecutiveFailures: 0,
      successes: 0,
      rejected: 0,
      lastFailureAt: null,
      openedAt: null,
      nextAttemptAt: null,
    });
    breaker.reset('nobody');
    expect(Object.keys(breaker.getAllMetrics())).toEqual(['mine']);
  });

  test('P-25 after the time one run is let through: its success closes, its failure opens', async () => {
    const { clock, breaker, run, changes } = under();
    for (let time = 0; time < 5; time++) run('failed');
    await clock.advance(59_999);
    expect(breaker.isAllowed('mine')).toBe(false);
    await clock.advance(1);
    expect(breaker.getState('mine')).toBe('HALF_OPEN');
    run('failed');
    expect(breaker.getState('mine')).toBe('OPEN');
    await clock.advance(60_000);
    expect(run('succeeded')).toBe(true);
    expect(breaker.getState('mine')).toBe('CLOSED');
    expect(changes.map((change) => change.slice('mine: '.length))).toEqual([
      'CLOSED -> OPEN',
      'OPEN -> HALF_OPEN',
      'HALF_OPEN -> OPEN',
      'OPEN -> HALF_OPEN',
      'HALF_OPEN -> CLOSED',
    ]);
  });

  test('P-21 to ask is not to take: only a run takes the place', async () => {
    const { clock, breaker, circuit } = under({ failureThreshold: 1 });
    circuit.failed(circuit.admit(), new Error('ill'));
    await clock.advance(60_000);
    for (let time = 0; time < 3; time++) expect(breaker.isAllowed('mine')).toBe(true);
    const generation = circuit.admit();
    expect(breaker.isAllowed('mine')).toBe(false);
    circuit.ignored(generation);
    expect(breaker.isAllowed('mine')).toBe(true);
  });

  test('P-23 reset closes it with counts of zero, and runs under way count no more', () => {
    const { breaker, circuit, run } = under({ failureThreshold: 2 });
    const old = circuit.admit();
    run('failed');
    run('failed');
    run('failed');
    breaker.reset('mine');
    circuit.failed(old, new Error('late'));
    expect(breaker.getMetrics('mine')).toMatchObject({
      state: 'CLOSED',
      consecutiveFailures: 0,
      successes: 0,
      rejected: 0,
      lastFailureAt: null,
    });
    run('failed');
    expect(breaker.getState('mine')).toBe('CLOSED');
    run('failed');
    expect(breaker.getState('mine')).toBe('OPEN');
  });

  test('P-24 figures tell state, counts and times', async () => {
    const { clock, breaker, run } = under({ failureThreshold: 2, recoveryTimeoutSeconds: 10 });
    run('succeeded');
    await clock.advance(100);
    run('failed');
    await clock.advance(100);
    run('failed');
    run('succeeded');
    expect(breaker.getMetrics('mine')).toEqual({
      name: 'mine',
      state: 'OPEN',
      failures: 2,
      consecutiveFailures: 0,
      successes: 1,
      rejected: 1,
      lastFailureAt: 1_000_200,
      openedAt: 1_000_200,
      nextAttemptAt: 1_010_200,
    });
    expect(breaker.getAllMetrics()['mine']).toEqual(breaker.getMetrics('mine'));
  });

  test('P-25 P-26 takes the numbers of CircuitBreakerConfig', async () => {
    const { clock, breaker, circuit } = under({
      failureThreshold: 1,
      recoveryTimeoutSeconds: 0.5,
      halfOpenMaxAttempts: 3,
      successThreshold: 3,
    });
    circuit.failed(circuit.admit(), new Error('ill'));
    await clock.advance(500);
    const three = [circuit.admit(), circuit.admit(), circuit.admit()];
    expect(three).not.toContain(REFUSED);
    expect(circuit.admit()).toBe(REFUSED);
    for (const [index, generation] of three.entries()) {
      expect([index, breaker.getState('mine')]).toEqual([index, 'HALF_OPEN']);
      circuit.succeeded(generation);
    }
    expect(breaker.getState('mine')).toBe('CLOSED');
  });

  test('P-28 workers share what they know by a store', async () => {
    const store = memoryCircuitStore();
    const [one, other] = [
      under({ failureThreshold: 1, store }),
      under({ failureThreshold: 1, store }),
    ];
    other.run('succeeded');
    await settle();
    one.run('failed');
    await settle();
    await other.clock.advance(1000);
    other.run('succeeded');
    await settle();
    expect(other.breaker.getState('mine')).toBe('OPEN');
    expect(other.run('succeeded')).toBe(false);
    one.breaker[Symbol.dispose]();
    other.breaker[Symbol.dispose]();
  });

  test('a run that was let in before the circuit turned moves nothing', async () => {
    const { clock, breaker, circuit, run } = under({ failureThreshold: 1 });
    const old = circuit.admit();
    run('failed');
    await clock.advance(60_000);
    expect(breaker.getState('mine')).toBe('HALF_OPEN');
    circuit.succeeded(old);
    expect(breaker.getState('mine')).toBe('HALF_OPEN');
    expect(run('succeeded')).toBe(true);
    circuit.failed(old, new Error('late'));
    expect(breaker.getState('mine')).toBe('CLOSED');
  });

  test('P-26 refuses configs that are none, in a sentence', () => {
    const make = (config: object) => () => new MiddlewareCircuitBreaker(config);
    expect(make({ failureThreshold: 0 })).toThrow(
      'Expected `failureThreshold` to be a whole number, 1 or more, got `0` (number).',
    );
    expect(make({ recoveryTimeoutSeconds: 0 })).toThrow(
      'Expected `recoveryTimeoutSeconds` to be a number of seconds, 0.001 or more, got `0` (number).',
    );
    expect(make({ recoveryTimeoutSeconds: '60' })).toThrow(TypeError);
    expect(make({ halfOpenMaxAttempts: 1.5 })).toThrow(RangeError);
    expect(make({ successThreshold: -1 })).toThrow(RangeError);
    expect(make({ store: {} })).toThrow('Expected `store` to be a CircuitStore');
    expect(make({ failureTreshold: 3 })).toThrow('Did you mean "failureThreshold"?');
    expect(() => new MiddlewareCircuitBreaker(5 as never)).toThrow(TypeError);
  });
});
