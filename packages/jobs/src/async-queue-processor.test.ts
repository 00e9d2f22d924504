/** An AsyncQueueProcessor works on items, several at once, whatever happens to some of them. */
import { pending, settle } from '@interpose/testing';
import { describe, expect, test, vi } from 'vitest';
import { AsyncQueueProcessor } from './async-queue-processor.ts';

describe('M-152 AsyncQueueProcessor', () => {
  test('M-152 works on what was put, before and after the start, until it is stopped', async () => {
    const seen: number[] = [];
    const processor = new AsyncQueueProcessor<number>((item) => void seen.push(item));
    await processor.put(1);
    await settle();
    expect(seen).toEqual([]);
    processor.start();
    await processor.put(2);
    await processor.put(3);
    await processor.join();
    expect(seen).toEqual([1, 2, 3]);
    await processor.stop();
    await expect(processor.put(4)).rejects.toMatchObject({ code: 'DISPOSED' });
    expect(seen).toEqual([1, 2, 3]);
  });

  test('M-152 works on ten at once, or on as many as were asked for', async () => {
    for (const [options, most] of [
      [{}, 10],
      [{ maxWorkers: 2 }, 2],
    ] as const) {
      const gate = pending<void>();
      let running = 0;
      const processor = new AsyncQueueProcessor<number>(() => (running++, gate), options);
      processor.start();
      for (let item = 0; item < 12; item++) await processor.put(item);
      await settle();
      expect(running).toBe(most);
      gate.resolve();
      await processor.join();
      expect(running).toBe(12);
      await processor.stop();
    }
  });

  test('M-152 a worker survives an exception', async () => {
    const done: number[] = [];
    const failed: [string, number][] = [];
    const processor = new AsyncQueueProcessor<number>(
      (item) => {
        if (item % 2) throw new Error(`odd ${item}`);
        done.push(item);
      },
      {
        maxWorkers: 1,
        onError: ({ message }, item) => {
          failed.push([message, item]);
          throw new Error('and so does the listener');
        },
      },
    );
    const log = vi.spyOn(console, 'error').mockImplementation(() => {});
    processor.start();
    for (const item of [1, 2, 3, 4]) await processor.put(item);
    await processor.join();
    await processor.stop();
    expect(done).toEqual([2, 4]);
    expect(failed).toEqual([
      ['odd 1', 1],
      ['odd 3', 3],
    ]);
    expect(log).toHaveBeenCalledTimes(2);
    log.mockRestore();
  });

  test('M-152 join waits for nothing where nothing was put, and for what is put meanwhile', async () => {
    const seen: number[] = [];
    const processor = new AsyncQueueProcessor<number>(async (item) => {
      seen.push(item);
      if (item < 3) await processor.put(item + 1);
    });
    await processor.join();
    processor.start();
    await processor.put(1);
    await processor.join();
    expect(seen).toEqual([1, 2, 3]);
    await processor.stop();
  });

  test('M-152 stop waits for what is being worked on, and gives up the rest', async () => {
    const gate = pending<void>();
    const seen: number[] = [];
    const processor = new AsyncQueueProcessor<number>((item) => (seen.push(item), gate), {
      maxWorkers: 1,
    });
    processor.start();
    await processor.put(1);
    await processor.put(2);
    await settle();
    const joined = vi.fn();
    const joining = processor.join().then(joined);
    const stopped = vi.fn();
    const stopping = processor.stop().then(stopped);
    await settle();
    expect(stopped).not.toHaveBeenCalled();
    expect(joined).not.toHaveBeenCalled();
    gate.resolve();
    await stopping;
    await joining;
    expect(seen).toEqual([1]);
  });

  test('an item that JSON cannot carry is refused, and join does not wait for it', async () => {
    const processor = new AsyncQueueProcessor<unknown>(() => {});
    await expect(processor.put(() => 1)).rejects.toThrow('Expected `data`');
    await processor.join();
    await processor.stop();
  });

  test.each<[unknown[], string]>([
    [[7], 'Expected `process` to be a function'],
    [[() => 1, { maxWorkers: 0 }], 'Expected `maxWorkers` to be a whole number, 1 or more'],
    [[() => 1, { workers: 2 }], 'Unknown option `workers` of AsyncQueueProcessor'],
    [[() => 1, { onError: 1 }], 'Expected `onError` to be a function'],
  ])('wrong options are refused: %j', (args, message) => {
    const make = (...all: unknown[]) => Reflect.construct(AsyncQueueProcessor, all) as unknown;
    expect(() => make(...args)).toThrow(message);
  });
});
