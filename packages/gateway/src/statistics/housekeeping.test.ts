/** Tests of what is done at intervals, whether requests come or not. */
import { fakeClock } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import { configOf, memoryLogger, routeOf } from '../../test-kit/loopback.ts';
import { readConfig } from '../config/read-config.ts';
import { memoryDictionaries } from '../dictionaries/dictionaries.ts';
import { createGateway } from '../gateway.ts';
import { Housekeeping } from './housekeeping.ts';
import { Statistics } from './statistics.ts';
import { checkCleanupInterval } from './system-cleanup.ts';
import { workersSeen } from './worker-heartbeat.ts';

function housekeeping(workerId = '0') {
  const clock = fakeClock({ wallMs: 1_700_000_000_000 });
  const dictionaries = memoryDictionaries(clock);
  const logger = memoryLogger();
  const statistics = new Statistics();
  const parts = { clock, dictionaries, logger, statistics };
  return { ...parts, keeping: new Housekeeping({ ...parts, workerId }) };
}

describe('the heartbeat', () => {
  test('G-64 a worker is there from its start on, for hours, and gone when it ends', async () => {
    const { keeping, dictionaries, clock } = housekeeping('3');
    const { stats } = dictionaries;
    await keeping.start();
    expect(stats.get('worker:3:start_time')).toBe(1_700_000_000_000);
    expect(stats.ttl('worker:3:start_time')).toBe(3_600_000);
    for (let hours = 0; hours < 3; hours++) await clock.advance(3_600_000);
    expect(await workersSeen(stats)).toEqual([
      { id: '3', startedAtMs: 1_700_000_000_000, lastSeenMs: 1_700_000_000_000 + 3 * 3_600_000 },
    ]);
    await keeping.close();
    expect(await workersSeen(stats)).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  test('G-64 a worker that is silent for an hour is forgotten', async () => {
    const { keeping, dictionaries, clock } = housekeeping();
    await keeping.start({ statisticsIntervalMs: 2 ** 31 });
    await clock.advance(3_599_999);
    expect(await workersSeen(dictionaries.stats)).toHaveLength(1);
    await clock.advance(1);
    expect(await workersSeen(dictionaries.stats)).toEqual([]);
    await keeping.close();
  });
});

describe('the cleanup', () => {
  const CLEANED = ['stats', 'metrics', 'rate_limit', 'config_cache'] as const;

  test('G-65 lets go of what has expired in four dictionaries, every ten seconds', async () => {
    const { keeping, dictionaries, clock } = housekeeping();
    await keeping.start({ statisticsIntervalMs: 2 ** 31 });
    const { ip_blacklist: bans } = dictionaries;
    for (const dictionary of [...CLEANED.map((name) => dictionaries[name]), bans]) {
      await dictionary.set('short', 1, 5000);
      await dictionary.set('long', 1, 50_000);
    }
    const sizes = () => CLEANED.map((name) => dictionaries[name].size());
    const own = 2;
    await clock.advance(9_999);
    expect(sizes()).toEqual([2 + own, 2, 2, 2]);
    await clock.advance(1);
    expect(sizes()).toEqual([1 + own, 1, 1, 1]);
    expect(bans.size()).toBe(2);
    await clock.advance(40_000);
    expect(sizes()).toEqual([own, 0, 0, 0]);
    await keeping.close();
  });

  test('G-65 is as often as the config says, and never at an interval below 1', async () => {
    const fault = 'Invalid cleanup_interval configuration. Must be >= 1';
    for (const bad of [0, 0.5, -1, Number.NaN, Infinity]) {
      expect(() => checkCleanupInterval(bad)).toThrow(fault);
    }
    const routes = [routeOf({ respond: { status: 200 } })];
    const config = configOf({ routes, system: { cleanupIntervalMs: 0 } });
    expect(() => createGateway(config, { logger: memoryLogger() })).toThrow(fault);
    const text =
      'system: { cleanupIntervalMs: 0 }\nroutes:\n  - { name: a, path: /, respond: { status: 200 } }';
    const { problems } = readConfig(text, { file: 'x', plugins: [] });
    expect(problems).toMatchObject([{ line: 1, path: 'system.cleanupIntervalMs', message: fault }]);
    const { keeping, dictionaries, clock } = housekeeping();
    await keeping.start({ cleanupIntervalMs: 100 });
    await dictionaries.rate_limit.set('a', 1, 50);
    await clock.advance(100);
    expect(dictionaries.rate_limit.size()).toBe(0);
    keeping.set({ cleanupIntervalMs: 1000 });
    await dictionaries.rate_limit.set('a', 1, 50);
    await clock.advance(999);
    expect(dictionaries.rate_limit.size()).toBe(1);
    await clock.advance(1);
    expect(dictionaries.rate_limit.size()).toBe(0);
    await keeping.close();
  });
});

test('a store that is gone is told once, and used again when it is back', async () => {
  const { keeping, dictionaries, clock, logger, statistics } = housekeeping();
  const { stats } = dictionaries;
  await keeping.start();
  const set = stats.set.bind(stats);
  stats.set = () => Promise.reject(new Error('gone'));
  await clock.advance(20_000);
  expect(logger.messages('error')).toEqual(['The statistics failed: gone']);
  stats.set = set;
  statistics.total.requests = 7;
  await clock.advance(5000);
  expect(stats.get('total_requests')).toBe(7);
  stats.set = () => Promise.reject(new Error('gone again'));
  await clock.advance(5000);
  expect(logger.messages('error')).toHaveLength(2);
  await keeping.close();
});

test('slow stores are not asked again before they have answered', async () => {
  const { keeping, dictionaries, clock } = housekeeping();
  let asked = 0;
  let answer = (): void => {};
  dictionaries.rate_limit.flushExpired = () => {
    asked++;
    return new Promise<number>((resolve) => (answer = () => resolve(0)));
  };
  await keeping.start();
  await clock.advance(100_000);
  expect(asked).toBe(1);
  answer();
  await clock.advance(10_000);
  expect(asked).toBe(2);
  answer();
  await keeping.close();
});
