/** Checks which dictionaries there must be, and what is said of one that is missing. */
import { memoryLogger } from '@interpose/gateway/testing';
import { expect, test } from 'vitest';
import { dictionariesWithout, main, verifySharedDicts } from './main.ts';

const REQUIRED = [
  'stats',
  'metrics',
  'config_cache',
  'rate_limit',
  'ip_blacklist',
  'worker_events',
];

test('G-60 003-1 is true with all six', () => {
  const logger = memoryLogger();
  expect(Object.keys(dictionariesWithout())).toEqual(REQUIRED);
  expect(verifySharedDicts(dictionariesWithout(), logger)).toBe(true);
  expect(logger.entries).toEqual([]);
});

test.each(REQUIRED)('G-60 003-1 is false without %s, and says so in the log', (name) => {
  const logger = memoryLogger();
  expect(verifySharedDicts(dictionariesWithout(name), logger)).toBe(false);
  expect(logger.entries).toEqual([
    { level: 'error', message: `Required shared dictionary not found: ${name}` },
  ]);
});

test('G-60 003-1 a gateway without one does not start', async () => {
  const lines: string[] = [];
  await main((line) => void lines.push(line));
  expect(lines.at(-1)).toBe('the gateway: Required shared dictionary not found: rate_limit');
});
