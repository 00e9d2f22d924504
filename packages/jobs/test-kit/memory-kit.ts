/** memoryKit: the memory driver on a fake clock, for the contract of drivers. */
import { fakeClock, settle } from '@interpose/testing';
import { memory } from '../src/memory-driver/memory-driver.ts';
import type { DriverKit } from './driver-kit.ts';

/** Time stands still but where a case lets it pass. */
export function memoryKit(): DriverKit {
  const clock = fakeClock();
  const driver = memory({ clock });
  return {
    driver,
    now: () => clock.now(),
    advance: (ms) => clock.advance(ms),
    async until(condition) {
      for (let step = 0; step < 3_000; step++) {
        await settle();
        if (await condition()) return;
        await clock.advance(Math.min(10, clock.nextInMs ?? 10));
      }
      throw new Error('The condition did not hold within half a minute.');
    },
    kill: (consumption) => Promise.resolve(driver.kill(consumption)),
    close: () => driver.close(),
  };
}
