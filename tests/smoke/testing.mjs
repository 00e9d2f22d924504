/** Smoke test of the built testing package: its clock moves when told, and only then. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sleep } from '@interpose/kernel/clock';
import { fakeClock } from '@interpose/testing';

test('a sleeper on a fake clock wakes when time is moved', async () => {
  const clock = fakeClock();
  let awake = false;
  const sleeping = sleep(1000, { clock }).then(() => {
    awake = true;
  });
  assert.equal(awake, false);
  await clock.advance(1000);
  await sleeping;
  assert.equal(awake, true);
});
