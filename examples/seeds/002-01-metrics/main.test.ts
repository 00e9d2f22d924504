/** Checks every figure after three visits that went well and one that did not. */
import { fakeClock } from '@interpose/testing';
import { expect, test } from 'vitest';
import { makeSite } from './main.ts';

async function visited() {
  const clock = fakeClock({ wallMs: 0 });
  const site = makeSite((ms) => clock.advanceSync(ms), clock);
  for (const language of ['EN', 'DE', 'FR']) await site.serve({ page: '/', language });
  await expect(async () => site.serve({ page: '/' })).rejects.toThrow(TypeError);
  return site;
}

test('P-40 002-1 getMetrics tells times, successes, failures, rates, errors by type and the last execution', async () => {
  const { invoker } = await visited();
  expect(invoker.metrics.getMetrics('translate')).toMatchObject({
    executions: 4,
    successes: 3,
    failures: 1,
    successRate: 0.75,
    failureRate: 0.25,
    ownMs: { min: 4, max: 4, average: 4, total: 16 },
    totalMs: { min: 4, max: 24, average: 19, total: 76 },
    errors: { TypeError: 1 },
    lastExecutedAt: 3 * 27 + 6,
  });
});

test('P-30 P-42 002-1 the layout is charged neither with the error nor with the time of what it calls', async () => {
  const { invoker } = await visited();
  expect(invoker.metrics.getMetrics('layout')).toMatchObject({
    successes: 4,
    failures: 0,
    errors: {},
    // The last time it had no page to put in its frame.
    ownMs: { min: 2, max: 3, total: 11 },
    totalMs: { min: 6, max: 27, total: 87 },
  });
});

test('P-40 P-41 002-1 getAllMetrics has all by name; one that never ran has zeros', async () => {
  const { invoker } = await visited();
  expect(Object.keys(invoker.metrics.getAllMetrics())).toEqual(['layout', 'translate']);
  expect(invoker.metrics.getMetrics('nobody')).toMatchObject({
    executions: 0,
    successRate: 0,
    ownMs: { min: null },
  });
});
