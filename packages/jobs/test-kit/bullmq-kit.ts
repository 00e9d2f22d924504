/** bullmqKit: BullMQ on some store, as the contract of drivers wants to have it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { WaitingError } from 'bullmq';
import type { BullmqConsumption } from '../src/bullmq-driver/bullmq-consumption.ts';
import { bullJobOf } from '../src/bullmq-driver/native-job.ts';
import { bullmq } from '../src/bullmq.ts';
import type { BullmqOptions } from '../src/bullmq.ts';
import type { DriverKit } from './driver-kit.ts';

let prefixes = 0;

/** A driver under a prefix of its own, and the machine's time. It waits so long for what is to come to pass. */
export function bullmqKit<C>(options: BullmqOptions<C>, patienceMs: number = 30_000): DriverKit {
  const driver = bullmq({ prefix: `kit-${process.pid}-${++prefixes}`, ...options });
  return {
    driver,
    now: () => performance.now(),
    advance: (ms) => sleep(ms),
    async until(condition) {
      const latest = performance.now() + patienceMs;
      while (!(await condition())) {
        if (performance.now() > latest) throw new Error('It has not come to pass.');
        await sleep(5);
      }
    },
    async kill(consumption) {
      await Promise.resolve();
      (consumption as BullmqConsumption).cutOff();
    },
    async instruct({ job }) {
      const native = bullJobOf(job);
      await native?.job.moveToWait(native.token);
      return new WaitingError();
    },
    close: () => driver.close(),
  };
}
