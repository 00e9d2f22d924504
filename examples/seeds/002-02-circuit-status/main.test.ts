/** Checks what can be asked of a circuit, from closed to open to half-open and back. */
import { fakeClock } from '@interpose/testing';
import { expect, test } from 'vitest';
import { makeGreeter } from './main.ts';

function setUp(isOptional = false) {
  const clock = fakeClock({ wallMs: 5000 });
  const service = { isDown: true, asked: 0 };
  const { greet, circuitBreaker } = makeGreeter(
    async () => {
      service.asked++;
      if (service.isDown) throw new Error('down');
      return 'AT';
    },
    clock,
    isOptional,
  );
  const call = async (): Promise<unknown> => {
    try {
      return await greet({ ip: '192.0.2.1' });
    } catch (error) {
      return error;
    }
  };
  return { clock, service, call, breaker: circuitBreaker };
}

test('P-20 P-21 P-22 P-24 002-2 after three failures it may not run, and says when it may again', async () => {
  const { call, breaker, service } = setUp();
  expect([breaker.isAllowed('country'), breaker.getState('country')]).toEqual([true, 'CLOSED']);
  for (let time = 0; time < 3; time++) await call();
  expect([breaker.isAllowed('country'), breaker.getState('country')]).toEqual([false, 'OPEN']);
  expect(await call()).toMatchObject({ code: 'CIRCUIT_OPEN', policy: 'country' });
  expect(service.asked).toBe(3);
  expect(breaker.getMetrics('country')).toEqual({
    name: 'country',
    state: 'OPEN',
    failures: 3,
    consecutiveFailures: 0,
    successes: 0,
    rejected: 1,
    lastFailureAt: 5000,
    openedAt: 5000,
    nextAttemptAt: 15_000,
  });
});

test('P-25 002-2 after ten seconds one run decides', async () => {
  const { call, breaker, clock, service } = setUp();
  for (let time = 0; time < 3; time++) await call();
  await clock.advance(10_000);
  expect([breaker.isAllowed('country'), breaker.getState('country')]).toEqual([true, 'HALF_OPEN']);
  await call();
  expect(breaker.getState('country')).toBe('OPEN');
  await clock.advance(10_000);
  service.isDown = false;
  expect(await call()).toBe('Servus');
  expect(breaker.getState('country')).toBe('CLOSED');
});

test('P-23 002-2 reset closes it at once', async () => {
  const { call, breaker } = setUp();
  for (let time = 0; time < 3; time++) await call();
  breaker.reset('country');
  expect([breaker.isAllowed('country'), breaker.getState('country')]).toEqual([true, 'CLOSED']);
  expect(breaker.getMetrics('country')).toMatchObject({ failures: 0, rejected: 0, openedAt: null });
});

test('P-29 002-2 declared optional, it is passed by instead', async () => {
  const { call, service } = setUp(true);
  for (let time = 0; time < 3; time++) await call();
  expect(await call()).toBe('Hello');
  expect(service.asked).toBe(3);
});
