/** checkDriver: refuses what is no driver of queues where it is given, and not where it is first asked for a queue. */
import { unexpected } from '@interpose/kernel/options';
import type { QueueDriver } from './driver.ts';

/** @throws TypeError if it is none */
export function checkDriver(driver: unknown): void {
  const { queue, consume } = (driver ?? {}) as Partial<QueueDriver>;
  if (typeof queue !== 'function' || typeof consume !== 'function') {
    throw unexpected('driver', 'a driver of queues, such as memory()', driver);
  }
}
