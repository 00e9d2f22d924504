/** Tests of memoryRecords. */
import { fakeClock } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import type { JobRecord } from './job-records.ts';
import { memoryRecords } from './memory-records.ts';

const record = (more: Partial<JobRecord> = {}): JobRecord => ({
  id: '1',
  queue: 'mail',
  name: 'send',
  status: 'queued',
  queuedAtMs: 1,
  attempts: 0,
  progress: 0,
  ...more,
});

describe('memoryRecords', () => {
  test('M-143 are found by queue and id, by status, by name and by queue', () => {
    const records = memoryRecords();
    records.write(record());
    records.write(record({ id: '2', status: 'failed', queuedAtMs: 2 }));
    records.write(record({ id: '1', queue: 'sync', name: 'pull', queuedAtMs: 3 }));
    expect(records.get('sync', '1')?.name).toBe('pull');
    expect(records.get('sync', '2')).toBe(undefined);
    const ids = (query?: object) => records.list(query).map(({ queue, id }) => `${queue}/${id}`);
    expect(ids()).toEqual(['sync/1', 'mail/2', 'mail/1']);
    expect(ids({ queue: 'mail' })).toEqual(['mail/2', 'mail/1']);
    expect(ids({ id: '1' })).toEqual(['sync/1', 'mail/1']);
    expect(ids({ status: 'failed' })).toEqual(['mail/2']);
    expect(ids({ name: 'pull', status: 'failed' })).toEqual([]);
    expect(ids({ offset: 1, limit: 1 })).toEqual(['mail/2']);
  });

  test('a record that is there is not opened again, and is written over', () => {
    const records = memoryRecords();
    records.open(record({ status: 'running' }));
    records.open(record());
    expect(records.get('mail', '1')?.status).toBe('running');
    records.write(record({ status: 'succeeded' }));
    records.write(record({ status: 'queued' }));
    expect(records.list().map(({ status }) => status)).toEqual(['queued']);
  });

  test('the one that ended first makes room, and only then the oldest of those that have not', () => {
    const records = memoryRecords({ maxRecords: 3 });
    for (const id of ['a', 'b', 'c']) records.write(record({ id }));
    records.write(record({ id: 'b', status: 'failed' }));
    records.write(record({ id: 'd' }));
    expect(records.list().map(({ id }) => id)).toEqual(['a', 'c', 'd']);
    records.write(record({ id: 'e' }));
    expect(records.list().map(({ id }) => id)).toEqual(['c', 'd', 'e']);
    records.write(record({ id: 'c', progress: 5 }));
    expect(records.list()).toHaveLength(3);
  });

  test('are forgotten when they have been kept for long enough after the end', () => {
    const clock = fakeClock();
    const records = memoryRecords({ keepMs: 1000, clock });
    records.write(record({ status: 'succeeded' }));
    records.write(record({ id: '2' }));
    clock.advanceSync(999);
    expect(records.list()).toHaveLength(2);
    clock.advanceSync(1);
    expect(records.get('mail', '1')).toBe(undefined);
    expect(records.list().map(({ id }) => id)).toEqual(['2']);
  });

  test('names of objects are ids like any other', () => {
    const records = memoryRecords();
    for (const id of ['__proto__', 'constructor', '","'])
      records.write(record({ id, queue: 'toString' }));
    expect(records.get('toString', 'constructor')?.id).toBe('constructor');
    expect(records.get('toString', 'hasOwnProperty')).toBe(undefined);
    expect(records.list()).toHaveLength(3);
  });

  test('options and queries are checked', () => {
    expect(() => memoryRecords({ maxRecords: 0 })).toThrow('Expected `maxRecords`');
    expect(() => memoryRecords({ keepMs: -1 })).toThrow('Expected `keepMs`');
    expect(() => memoryRecords({ max: 1 } as never)).toThrow('Unknown option `max`');
    expect(() => memoryRecords().list({ status: 'done' as never })).toThrow('Expected `status`');
    expect(() => memoryRecords().list({ limit: -1 })).toThrow('Expected `limit`');
    expect(() => memoryRecords().list({ state: 1 } as never)).toThrow('Unknown option `state`');
  });
});
