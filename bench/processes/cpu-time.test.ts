/** Reading what the kernel says of processes. */
import { describe, expect, test } from 'vitest';
import {
  cpuTimesOf,
  nsOf,
  processesOf,
  readStat,
  residentBytesOf,
  residentOf,
  spentNs,
  treeOf,
} from './cpu-time.ts';

const STAT =
  '4242 (a (very) odd name) S 17 4242 23195 0 -1 4194304 2752 0 22 0 156 44 7 9 20 0 7 0 2108484 948355072 11600';

describe('what the files say', () => {
  test('schedstat has nanoseconds', () => {
    expect(nsOf('1597565378 1944097 40\n')).toBe(1_597_565_378);
  });

  test.each(['0 0 0\n', '', 'nonsense'])('schedstat %j says nothing', (text) => {
    expect(nsOf(text)).toBeUndefined();
  });

  test('stat has the parent, and ticks of user and system', () => {
    expect(readStat(STAT)).toEqual({ parent: 17, ns: 2_000_000_000 });
  });

  test('status has resident kilobytes; a thread of the kernel has none', () => {
    expect(residentOf('VmSize:\t  900 kB\nVmRSS:\t    1234 kB\n')).toBe(1234 * 1024);
    expect(residentOf('Name:\tkthreadd\n')).toBe(0);
  });
});

test('a tree is a process and all that descends from it', () => {
  const parents = new Map([
    [1, 0],
    [20, 10],
    [10, 1],
    [30, 20],
    [21, 10],
    [40, 1],
  ]);
  expect(treeOf(10, parents)).toEqual([10, 20, 21, 30]);
});

describe('spentNs', () => {
  test('adds up what all threads have spent, and all of those that are new', () => {
    const before = new Map([
      ['thread 1', 100],
      ['thread 2', 50],
    ]);
    const after = new Map([
      ['thread 1', 175],
      ['thread 2', 50],
      ['thread 3', 5],
    ]);
    expect(spentNs(before, after)).toBe(80);
  });

  test('refuses to lose what an ended thread has spent', () => {
    expect(() => spentNs(new Map([['thread 2', 50]]), new Map())).toThrow(
      'thread 2 ended while it was measured',
    );
  });
});

test('reads this very process', () => {
  const before = cpuTimesOf(process.pid);
  const until = process.cpuUsage().user + 20_000;
  while (process.cpuUsage().user < until);
  expect(spentNs(before, cpuTimesOf(process.pid))).toBeGreaterThan(10e6);
  expect(processesOf(process.ppid)).toContain(process.pid);
  expect(residentBytesOf(process.pid)).toBeGreaterThan(10e6);
});
