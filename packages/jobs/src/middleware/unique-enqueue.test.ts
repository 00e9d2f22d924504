/** Tests of uniqueEnqueue. */
import { memoryStore } from '@interpose/kernel/store';
import { fakeClock, settle } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import { memory } from '../memory-driver/memory-driver.ts';
import type { EnqueueMiddleware } from '../queue/enqueue-context.ts';
import { createQueue } from '../queue/queue.ts';
import { createWorker } from '../worker/worker.ts';
import { uniqueEnqueue, type UniqueEnqueueOptions } from './unique-enqueue.ts';

interface Sync {
  readonly account?: string;
}

function setUp(options: Partial<UniqueEnqueueOptions<Sync>> = {}) {
  const clock = fakeClock();
  const driver = memory({ clock });
  const store = memoryStore({ clock });
  const open = (more: readonly EnqueueMiddleware<Sync>[] = []) =>
    createQueue<Sync>(driver, {
      name: 'sync',
      use: [uniqueEnqueue<Sync>({ key: ({ data }) => data.account, store, ...options }), ...more],
    });
  return {
    clock,
    store,
    open,
    queue: open(),
    work: async (handler: () => unknown) => {
      const worker = createWorker(driver, handler, { queue: 'sync', clock });
      await settle();
      return worker;
    },
  };
}

describe('uniqueEnqueue', () => {
  test('while a job of a key waits or runs, whoever adds another is given that one', async () => {
    const { queue, work } = setUp();
    const first = await queue.add('pull', { account: 'a' });
    const second = await queue.add('pull', { account: 'a' });
    await queue.add('pull', { account: '__proto__' });
    for (let count = 0; count < 2; count++) await queue.add('pull', {});
    expect(second).toEqual(first);
    expect((await queue.counts()).waiting).toBe(4);
    const ends: (() => void)[] = [];
    const worker = await work(() => new Promise((done) => void ends.push(() => done(1))));
    expect((await queue.add('pull', { account: 'a' })).id).toBe(first.id);
    ends.shift()?.();
    await settle();
    const next = await queue.add('pull', { account: 'a' });
    expect(next.id).not.toBe(first.id);
    expect((await queue.add('pull', { account: 'a' })).id).toBe(next.id);
    const closed = worker.close({ force: true });
    for (const end of ends) end();
    await closed;
  });

  test('many that come at once are one, and a key is free again if its job could not be added', async () => {
    const { open, queue } = setUp();
    const jobs = await Promise.all([1, 2, 3, 4].map(() => queue.add('pull', { account: 'a' })));
    expect(new Set(jobs.map(({ id }) => id)).size).toBe(1);
    const broken = open([
      () => {
        throw new Error('refused further in');
      },
    ]);
    await expect(broken.add('pull', { account: 'b' })).rejects.toThrow('refused further in');
    expect((await queue.add('pull', { account: 'b' })).data).toEqual({ account: 'b' });
    expect((await queue.counts()).waiting).toBe(2);
  });

  test('a second can be refused, with the id of the first', async () => {
    const { queue } = setUp({ whenDuplicate: 'refuse' });
    const first = await queue.add('pull', { account: 'a' });
    await expect(queue.add('pull', { account: 'a' })).rejects.toMatchObject({
      code: 'DUPLICATE_JOB',
      key: 'a',
      jobId: first.id,
    });
  });

  test('for a time there is one, whether it has ended or not', async () => {
    const { queue, work, clock } = setUp({ until: 'time', ttlMs: 1000 });
    const first = await queue.add('pull', { account: 'a' });
    const worker = await work(() => 1);
    expect((await queue.get(first.id))?.state).toBe('completed');
    expect((await queue.add('pull', { account: 'a' })).id).toBe(first.id);
    await clock.advance(1000);
    expect((await queue.add('pull', { account: 'a' })).id).not.toBe(first.id);
    await worker.close();
  });

  test('a key is held no longer than it may be, and one whose adder has died is free after ten seconds', async () => {
    const { queue, clock, store } = setUp({ ttlMs: 60_000 });
    const first = await queue.add('pull', { account: 'a' });
    await clock.advance(60_000);
    expect((await queue.add('pull', { account: 'a' })).id).not.toBe(first.id);
    store.set('unique-enqueue:sync:b', {}, 10_000);
    await expect(queue.add('pull', { account: 'b' })).rejects.toMatchObject({
      code: 'DUPLICATE_JOB',
      jobId: undefined,
    });
    await clock.advance(10_000);
    expect((await queue.add('pull', { account: 'b' })).state).toBe('waiting');
  });

  test('of two that find the same key free, one takes it', async () => {
    const { open, queue, work } = setUp();
    const first = await queue.add('pull', { account: 'a' });
    const worker = await work(() => 1);
    await worker.close();
    expect((await queue.get(first.id))?.state).toBe('completed');
    // Two processes that share the store.
    const ends = await Promise.allSettled([
      queue.add('pull', { account: 'a' }),
      open().add('pull', { account: 'a' }),
    ]);
    expect(ends.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect((await queue.counts()).waiting).toBe(1);
  });

  test('options are checked', () => {
    const key = (): string => 'k';
    expect(() => uniqueEnqueue({} as never)).toThrow('Expected `key`');
    expect(() => uniqueEnqueue({ key, store: {} as never })).toThrow('Expected `store`');
    expect(() => uniqueEnqueue({ key, until: 'x' as never })).toThrow('Expected `until`');
    expect(() => uniqueEnqueue({ key, ttlMs: 0 })).toThrow('Expected `ttlMs`');
    expect(() => uniqueEnqueue({ key, whenDuplicate: 1 as never })).toThrow('`whenDuplicate`');
    expect(() => uniqueEnqueue({ key, ttl: 1 } as never)).toThrow('Did you mean "ttlMs"?');
  });
});
