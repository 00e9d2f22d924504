/** Checks that log finds what access has written, and what belongs to another request it does not. */
import { testPlugin } from '@interpose/gateway/testing';
import { fakeClock } from '@interpose/testing';
import { expect, test } from 'vitest';
import { duration, start } from './main.ts';

test('G-68 003-6 log computes the duration from what access has written', async () => {
  const clock = fakeClock();
  await using tested = await testPlugin(duration, { clock });
  const { ctx } = await tested.run('access');
  await clock.advance(1500);
  const { log } = await tested.run('log', ctx);
  expect(log).toEqual([{ level: 'info', message: 'Request duration: 1.5' }]);
});

test('G-68 G-181 003-6 requests at the same time do not mix', async () => {
  const clock = fakeClock();
  await using gateway = await start(clock);
  const requests = [30, 10, 20].map((ms) => gateway.send({ path: `/${ms}` }));
  await clock.advance(30);
  for (const { text } of await Promise.all(requests)) expect(text).toBe('done');
  expect(gateway.logger.messages('info')).toEqual([
    'Request duration: 0.01',
    'Request duration: 0.02',
    'Request duration: 0.03',
  ]);
});
