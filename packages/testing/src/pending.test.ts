/** Promises under command, and the wait until nothing moves. */
import { expect, test } from 'vitest';
import { pending, recorder, settle } from './index.ts';

test('pending stays pending until it is told otherwise', async () => {
  const journal = recorder();
  const slow = pending<string>();
  void slow.then(journal.log);
  await settle();
  journal.expectOrder();
  slow.resolve('late');
  await settle();
  journal.expectOrder('late');
});

test('pending rejects with the very error, and nobody has to listen', async () => {
  const error = new Error('late');
  const slow = pending<string>();
  slow.reject(error);
  await settle();
  await expect(slow).rejects.toBe(error);
});

test('settle waits for a row of promises of any length', async () => {
  let turns = 0;
  void (async () => {
    while (turns < 1000) {
      await null;
      turns++;
    }
  })();
  await settle();
  expect(turns).toBe(1000);
});
