/** bullmq: keeps jobs in Redis, Valkey or Postgres, by BullMQ. */
import type { ConnectionOptions } from 'bullmq';
import type { Consumer, ConsumeOptions, Consumption, DriverQueue, QueueDriver } from '../driver.ts';
import { BullmqConsumption } from './bullmq-consumption.ts';
import { type BullmqOptions, openingOf } from './bullmq-options.ts';
import { BullmqQueue } from './bullmq-queue.ts';
import type { Opening } from './connected.ts';
import { markInstructions } from './instructions.ts';

/**
 * Keeps jobs in Redis or Valkey, and with another `backend` in Postgres. Queues are BullMQ's own: other programs may add jobs to them and
 * work on them with BullMQ alone.
 *
 * @throws TypeError for options that are none
 * @example
 * const driver = bullmq({ connection: 'redis://127.0.0.1:6379' });
 */
export function bullmq<Connection = ConnectionOptions>(
  options: BullmqOptions<Connection>,
): QueueDriver {
  const opening = openingOf(options);
  markInstructions();
  return new BullmqDriver(opening);
}

class BullmqDriver implements QueueDriver {
  readonly name: string = 'bullmq';
  readonly #opening: Opening;
  readonly #queues = new Map<string, BullmqQueue>();
  readonly #consumptions = new Set<BullmqConsumption>();

  constructor(opening: Opening) {
    this.#opening = opening;
  }

  queue(name: string): DriverQueue {
    let queue = this.#queues.get(name);
    if (!queue) this.#queues.set(name, (queue = new BullmqQueue(name, this.#opening)));
    return queue;
  }

  consume(queue: string, options: ConsumeOptions, consumer: Consumer): Consumption {
    const onClosed = (): void => void this.#consumptions.delete(consumption);
    const consuming = { queue, options, consumer, onClosed };
    const consumption = new BullmqConsumption(consuming, this.#opening);
    this.#consumptions.add(consumption);
    return consumption;
  }

  async close(): Promise<void> {
    const consumptions = [...this.#consumptions];
    await Promise.all(consumptions.map((consumption) => consumption.close()));
    await Promise.all([...this.#queues.values()].map((queue) => queue.close()));
  }
}
