/** The dictionaries of a gateway: verified at the start, with their first values. */
import { fakeClock } from '@interpose/testing';
import { expect, test } from 'vitest';
import type { LogEntry, Logger } from '../logger.ts';
import { memoryDictionaries, missingDictionaries, startDictionaries } from './dictionaries.ts';

function recording() {
  const errors: string[] = [];
  const take = (entry: LogEntry): void => void errors.push(String(entry['message']));
  const logger: Logger = { info: () => {}, warn: () => {}, error: take };
  return { errors, logger };
}

test('G-60 G-61 the six that there must be are verified, and each that is missing is named in the log', () => {
  const { logger, errors } = recording();
  const all = memoryDictionaries(fakeClock());
  expect(Object.keys(all)).toEqual([
    'stats',
    'metrics',
    'config_cache',
    'rate_limit',
    'ip_blacklist',
    'worker_events',
  ]);
  expect(missingDictionaries(all, logger)).toEqual([]);
  const { metrics: _, ip_blacklist: __, ...some } = all;
  expect(missingDictionaries(some, logger)).toEqual(['metrics', 'ip_blacklist']);
  expect(errors).toEqual([
    'Required shared dictionary not found: metrics',
    'Required shared dictionary not found: ip_blacklist',
  ]);
});

test('G-60 a gateway does not start without one of them', async () => {
  const clock = fakeClock();
  const { logger } = recording();
  const { stats: _, ...some } = memoryDictionaries(clock);
  await expect(startDictionaries(some, { clock, logger })).rejects.toMatchObject({
    code: 'REQUIRED_DICTIONARY',
    message: 'Required shared dictionary not found: stats',
  });
});

test('G-63 the first values are set once, and a second start changes nothing', async () => {
  const clock = fakeClock({ wallMs: 1_700_000_000_000 });
  const { logger } = recording();
  const all = memoryDictionaries(clock);
  await startDictionaries(all, { clock, logger });
  const values = () =>
    ['start_time', 'total_requests', 'active_connections'].map((key) => all.stats.get(key));
  expect(values()).toEqual([1_700_000_000_000, 0, 0]);
  expect(all.metrics.get('requests_per_second')).toBe(0);
  expect(all.metrics.get('average_response_time')).toBe(0);
  await all.stats.incr('total_requests', 3);
  await startDictionaries(all, { clock, logger });
  expect(values()).toEqual([1_700_000_000_000, 3, 0]);
});

test('capacities are as the config says, also of dictionaries of its own', () => {
  const all = memoryDictionaries(fakeClock(), { stats: 5000, sessions: 7000 });
  expect(all.stats.capacityBytes).toBe(5000);
  expect(all['sessions']?.capacityBytes).toBe(7000);
});
