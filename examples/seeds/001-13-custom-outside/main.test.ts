/** Checks the time that is told, with a clock that the test moves. */
import { testClient } from '@interpose/http/testing';
import { fakeClock } from '@interpose/testing';
import { expect, test } from 'vitest';
import { FastApiWithTiming } from './main.ts';

test('F-06 001-13 tells the seconds, with what the defaults took', async () => {
  const clock = fakeClock();
  const api = new FastApiWithTiming({
    clock,
    // Takes its time inside of httpEvents.
    events: { callbackOnRequest: () => clock.advanceSync(100) },
  });
  api.addRouteGet('/slow', () => {
    clock.advanceSync(1150);
    return '';
  });
  const answer = await testClient(api.setup()).get('/slow');
  expect(answer.headers.get('x-process-time')).toBe('1.25');
  expect(api.userMiddlewares(false)[0]?.functionName).toBe('timingMiddleware');
});
