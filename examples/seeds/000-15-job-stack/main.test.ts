/** Checks the stack of jobs: its order, three attempts, one dead letter, one alert, and what each record says. */
import { createQueue, createWorker, trackQueued } from '@interpose/jobs';
import { fakeClock, settle } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import { type FileJob, type Files, main, makeDesk, makeHandler } from './main.ts';

function setUp(files: Files) {
  const clock = fakeClock();
  const alerts: string[] = [];
  const desk = makeDesk({ files, clock, sendAlertToOps: (text) => void alerts.push(text) });
  const { driver, records, letters, meter } = desk;
  const handler = makeHandler(desk);
  const use = [trackQueued<FileJob>({ records })];
  const queue = createQueue<FileJob, number>(driver, { name: 'files', use });
  return {
    clock,
    alerts,
    records,
    letters,
    meter,
    handler,
    /** Adds a job and lets it run for so long. */
    async run(path: string, forMs: number, attempts = 1) {
      const { id } = await queue.add('process', { path }, { attempts });
      const worker = createWorker(driver, handler, { queue: 'files', clock });
      await clock.advance(forMs);
      await settle();
      const record = records.get('files', id);
      const closed = worker.close({ force: true });
      await clock.advance(60_000);
      await closed;
      return { id, record };
    },
  };
}

async function* whole(): AsyncGenerator<string> {
  yield 'one\ntwo\n';
  yield 'three\n';
}

const broken: Files = () => {
  throw new Error('unreadable');
};

describe('the stack', () => {
  test('M-161 000-15 is that of the list, in its order', () => {
    const { handler } = setUp(whole);
    expect(handler.describe().map(({ name }) => name)).toEqual([
      'jobTracking',
      'jobMetrics',
      'retry',
      'jobTimeout',
      'memoryLimit',
      'cpuLimit',
      'deadLetter',
      'alert',
    ]);
  });
});

describe('a job', () => {
  test('M-143 000-15 that goes well is tracked from queued to succeeded, with its progress', async () => {
    const { run, alerts, letters } = setUp(whole);
    const { record } = await run('/a', 0);
    expect(record).toMatchObject({
      status: 'succeeded',
      attempts: 1,
      progress: { chunks: 2 },
      result: 3,
    });
    expect([alerts, await letters.count()]).toEqual([[], 0]);
  });

  test('M-161 M-141 M-142 000-15 that fails three times leaves one dead letter and one alert', async () => {
    const { run, alerts, letters } = setUp(broken);
    const { id, record } = await run('/b', 300);
    expect(record).toMatchObject({ status: 'failed', attempts: 3 });
    expect(alerts).toEqual(['/b: unreadable']);
    expect(await letters.list()).toMatchObject([{ jobId: id, data: { path: '/b' }, attempts: 3 }]);
  });

  test('M-137 000-15 waits twice as long before its third attempt as before its second', async () => {
    const at: number[] = [];
    const { run, clock } = setUp(() => {
      at.push(clock.now());
      throw new Error('no');
    });
    await run('/c', 300);
    expect(at).toEqual([0, 100, 300]);
  });

  test('M-138 000-15 that takes longer than five minutes is told to stop, and tried again', async () => {
    let reads = 0;
    const { run, alerts } = setUp(async function* slow() {
      reads++;
      if (reads === 1) await new Promise(() => {});
      yield 'late\n';
    });
    const { record } = await run('/d', 305_100);
    expect(record).toMatchObject({ status: 'succeeded', attempts: 2, result: 1 });
    expect(alerts).toEqual([]);
  });
});

test('000-15 says what it does', async () => {
  const lines: string[] = [];
  await main((line) => void lines.push(line));
  expect(lines.at(-1)).toBe('completed: 3, failed: 1');
});
