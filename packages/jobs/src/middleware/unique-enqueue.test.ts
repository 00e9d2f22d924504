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
      use: [
        uniqueEnqueue<Sync>({ key: ({ data }) => data.account, store, clock, ...options }),
        ...more,
      ],
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
    const [refused] = await Promise.all([
      queue.add('pull', { account: 'b' }).catch((error: unknown) => error),
      clock.advance(1_000),
    ]);
    expect(refused).toMatchObject({ code: 'DUPLICATE_JOB', jobId: undefined });
    await clock.advance(9_000);
    expect((await queue.add('pull', { account: 'b' })).state).toBe('waiting');
  });

  test('of two that find the same key free, one takes it', async () => {
    const { open, queue, work, clock } = setUp();
    const first = await queue.add('pull', { account: 'a' });
    const worker = await work(() => 1);
    await worker.close();
    expect((await queue.get(first.id))?.state).toBe('completed');
    // Two processes that share the store.
    const adding = [queue, open()].map((one) => one.add('pull', { account: 'a' }));
    await clock.advance(1_000);
    const [one, other] = await Promise.all(adding);
    expect(one?.id).not.toBe(first.id);
    expect(other).toEqual(one);
    expect((await queue.counts()).waiting).toBe(1);
  });

  test('whoever comes while another process adds waits for the job, or for its turn', async () => {
    const { queue, store, clock } = setUp({ waitMs: 500, ttlMs: 60_000 });
    const there = await queue.add('pull', { account: 'z' });
    store.set('unique-enqueue:sync:a', { by: 'another' }, 10_000);
    store.set('unique-enqueue:sync:b', { by: 'another' }, 100);
    const [a, b] = ['a', 'b'].map((account) => queue.add('pull', { account }));
    await clock.advance(300);
    store.set('unique-enqueue:sync:a', { id: there.id }, 60_000);
    await clock.advance(100);
    expect(await a).toEqual(there);
    expect((await b)?.data).toEqual({ account: 'b' });
    expect(clock.pending).toBe(0);
  });

  test('whoever was so slow that another has the key by now takes nothing from that one', async () => {
    const { open, store, clock } = setUp();
    let pass!: () => void;
    const slow = open([
      async (_, next) => {
        await new Promise<void>((done) => (pass = done));
        return next();
      },
    ]);
    const first = slow.add('pull', { account: 'a' });
    await clock.advance(10_000);
    store.set('unique-enqueue:sync:a', { by: 'another' }, 10_000);
    pass();
    expect((await first).data).toEqual({ account: 'a' });
    expect(store.get('unique-enqueue:sync:a')).toEqual({ by: 'another' });
  });

  test('a store that fails afterwards is reported, and the job, or why there is none, stands', async () => {
    const inner = memoryStore();
    const failures: unknown[] = [];
    const down = (): never => {
      throw new Error('down');
    };
    const store = { ...inner, swap: down, deleteIf: down };
    const { open, queue } = setUp({ store, onFailure: (error) => void failures.push(error) });
    expect((await queue.add('pull', { account: 'a' })).state).toBe('waiting');
    const broken = open([
      () => {
        throw new Error('refused further in');
      },
    ]);
    await expect(broken.add('pull', { account: 'b' })).rejects.toThrow('refused further in');
    expect(failures).toEqual([new Error('down'), new Error('down')]);
  });

  test('options are checked', () => {
    const key = (): string => 'k';
    expect(() => uniqueEnqueue({} as never)).toThrow('Expected `key`');
    expect(() => uniqueEnqueue({ key, store: {} as never })).toThrow('Expected `store`');
    expect(() => uniqueEnqueue({ key, until: 'x' as never })).toThrow('Expected `until`');
    expect(() => uniqueEnqueue({ key, ttlMs: 0 })).toThrow('Expected `ttlMs`');
    expect(() => uniqueEnqueue({ key, onFailure: 1 as never })).toThrow('Expected `onFailure`');
    expect(() => uniqueEnqueue({ key, waitMs: -1 })).toThrow('Expected `waitMs`');
    expect(() => uniqueEnqueue({ key, whenDuplicate: 1 as never })).toThrow('`whenDuplicate`');
    expect(() => uniqueEnqueue({ key, ttl: 1 } as never)).toThrow('Did you mean "ttlMs"?');
  });
});
