/** Tests of patience. */
import { expect, test } from 'vitest';
import { Patience } from './patience.ts';

test('waits for what comes, and keeps nothing of it', async () => {
  const patience = new Patience();
  const waited = Array.from({ length: 100 }, () => patience.wait(Promise.resolve('here')));
  expect(patience.size).toBe(100);
  await Promise.all(waited);
  expect(patience.size).toBe(0);
});

test('hands on what goes wrong', async () => {
  const patience = new Patience();
  const error = new Error('no');
  await expect(patience.wait(Promise.reject(error))).rejects.toBe(error);
  expect(patience.size).toBe(0);
});

test('once lost waits for nothing, neither for what it has waited for nor for what comes', async () => {
  const patience = new Patience();
  const never = new Promise(() => {});
  const waited = patience.wait(never);
  patience.lose();
  await waited;
  await patience.wait(never);
  expect(patience.size).toBe(0);
});
