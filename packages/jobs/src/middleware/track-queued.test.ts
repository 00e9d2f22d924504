/** Tests of trackQueued. */
import { pipeline } from '@interpose/kernel';
import { fakeClock, settle } from '@interpose/testing';
import { expect, test } from 'vitest';
import type { JobContext } from '../job-context.ts';
import { memory } from '../memory-driver/memory-driver.ts';
import { createQueue } from '../queue/queue.ts';
import { memoryRecords } from '../records/memory-records.ts';
import { createWorker } from '../worker/worker.ts';
import { jobTracking } from './job-tracking.ts';
import { trackQueued } from './track-queued.ts';

test('M-143 a job is queued from when it was added, then running, then succeeded', async () => {
  const clock = fakeClock();
  const driver = memory({ clock });
  const records = memoryRecords({ clock });
  const queue = createQueue(driver, { name: 'mail', use: [trackQueued({ records })] });
  const { id } = await queue.add('send', 1);
  const later = await queue.add('send', 2, { delay: 5000 });
  expect(records.get('mail', id)).toEqual({
    id,
    queue: 'mail',
    name: 'send',
    status: 'queued',
    queuedAtMs: clock.wall(),
    attempts: 0,
    progress: 0,
  });
  const seen: unknown[] = [];
  const serve = pipeline<JobContext, unknown>()
    .use(jobTracking({ records }))
    .handle(() => seen.push(records.get('mail', id)?.status));
  const worker = createWorker(driver, serve, { queue: 'mail', clock });
  await settle();
  expect([seen, records.get('mail', id)?.status]).toEqual([['running'], 'succeeded']);
  expect(records.list({ status: 'queued' }).map((record) => record.id)).toEqual([later.id]);
  await worker.close();
});

test('what a worker has written already stays', async () => {
  const driver = memory({ clock: fakeClock() });
  const records = memoryRecords();
  const queue = createQueue(driver, { name: 'mail', use: [trackQueued({ records })] });
  const known = { queue: 'mail', name: 'send', queuedAtMs: 1, attempts: 1, progress: 0 };
  records.write({ ...known, id: 'own', status: 'running' });
  await queue.add('send', 1, { jobId: 'own' });
  expect(records.get('mail', 'own')?.status).toBe('running');
});

test.each(['throws', 'rejects'])(
  'a store that %s is reported, and the job is added',
  async (how) => {
    const failures: unknown[] = [];
    const down = new Error('down');
    const open = (): Promise<void> => {
      if (how === 'throws') throw down;
      return Promise.reject(down);
    };
    const records = { ...memoryRecords(), open };
    const onFailure = (error: unknown) => void failures.push(error);
    const driver = memory({ clock: fakeClock() });
    const queue = createQueue(driver, { name: 'mail', use: [trackQueued({ records, onFailure })] });
    await queue.add('send', 1);
    await settle();
    expect([failures, (await queue.counts()).waiting]).toEqual([[down], 1]);
  },
);

test('options are checked', () => {
  const records = memoryRecords();
  expect(() => trackQueued({ records: {} as never })).toThrow('Expected `records`');
  expect(() => trackQueued({ records, onFailure: 1 as never })).toThrow('Expected `onFailure`');
  expect(() => trackQueued({ record: 1 } as never)).toThrow('Did you mean "records"?');
});
