/** Checks that there are exactly three states, and the ways between them. */
import { CircuitState } from '@interpose/resilience/guard';
import { expect, test } from 'vitest';
import { MEANING, travel } from './main.ts';

test('P-22 002-3 the states are CLOSED, OPEN and HALF_OPEN', () => {
  expect(CircuitState).toEqual({ CLOSED: 'CLOSED', OPEN: 'OPEN', HALF_OPEN: 'HALF_OPEN' });
  expect(Object.keys(MEANING)).toEqual(Object.keys(CircuitState));
});

test('P-25 002-3 a failure opens, time half-opens, the run on trial decides', async () => {
  const ways: string[] = [];
  await travel((from, to) => ways.push(`${from} ${to}`));
  expect(ways).toEqual([
    'CLOSED OPEN',
    'OPEN HALF_OPEN',
    'HALF_OPEN OPEN',
    'OPEN HALF_OPEN',
    'HALF_OPEN CLOSED',
  ]);
});
