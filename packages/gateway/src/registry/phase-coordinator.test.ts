/** Tests of what stands before and after all requests. */
import { fakeClock } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import { memoryLogger } from '../../test-kit/loopback.ts';
import type { GatewayContext } from '../context.ts';
import { memoryDictionaries } from '../dictionaries/dictionaries.ts';
import { PhaseCoordinator, verifyDictionaries } from './phase-coordinator.ts';
import { PHASES } from '../phases.ts';
import { createRegistry } from './registry.ts';

function setUp(dictionaries: object = memoryDictionaries(fakeClock())) {
  const logger = memoryLogger();
  const registry = createRegistry({ logger });
  const clock = fakeClock();
  const parts = { registry, dictionaries: dictionaries as never, clock, logger };
  return { logger, registry, coordinator: new PhaseCoordinator(parts) };
}

describe('the coordinator', () => {
  test('G-08 verifies the dictionaries and fills them, then starts the plugins, which share them', async () => {
    const dictionaries = memoryDictionaries(fakeClock());
    const { registry, coordinator } = setUp(dictionaries);
    const found: unknown[] = [];
    const look = async (): Promise<void> => {
      found.push(await dictionaries.stats.get('total_requests'));
      await dictionaries.stats.incr('total_requests', 1);
    };
    registry.add({ init: look, access: { handle: look } }, { name: 'one' });
    registry.add({ init: look, access: { handle: look } }, { name: 'two' });
    await coordinator.start();
    expect(await coordinator.run('access', { path: '/' } as GatewayContext)).toBe(true);
    expect(found).toEqual([0, 1, 2, 3]);
    expect(await dictionaries.metrics.get('requests_per_second')).toBe(0);
  });

  test('G-08 manages the phases: each is run by its name, for the path, in the order of priorities', async () => {
    const { registry, coordinator } = setUp();
    const seen: string[] = [];
    for (const phase of coordinator.phases) {
      registry.use({ name: 'late', phase, priority: 2, handle: () => void seen.push(phase) });
      registry.use({ name: 'stop', phase, priority: 1, routes: ['/x'], handle: () => false });
    }
    expect(coordinator.phases).toEqual(PHASES);
    for (const phase of ['access', 'header_filter'] as const) {
      expect(await coordinator.run(phase, { path: '/y' } as GatewayContext)).toBe(true);
    }
    expect(seen).toEqual(['access', 'headerFilter']);
  });

  test('G-08 starts nothing where a dictionary is missing', async () => {
    const { config_cache: _, ...others } = memoryDictionaries(fakeClock());
    const { registry, coordinator, logger } = setUp(others);
    let inits = 0;
    registry.add({ init: () => void inits++, access: { handle: () => {} } }, { name: 'one' });
    const message = 'Required shared dictionary not found: config_cache';
    await expect(coordinator.start()).rejects.toThrow(message);
    expect(inits).toBe(0);
    expect(logger.messages('error')).toEqual([message]);
  });

  test('G-08 closes the plugins, and leaves what the dictionaries hold', async () => {
    const dictionaries = memoryDictionaries(fakeClock());
    const { registry, coordinator } = setUp(dictionaries);
    const seen: string[] = [];
    registry.add(
      { access: { handle: () => {} }, close: () => void seen.push('close') },
      { name: 'one' },
    );
    await coordinator.start();
    await coordinator.close();
    expect(seen).toEqual(['close']);
    expect(await dictionaries.stats.get('total_requests')).toBe(0);
  });
});

describe('verifying dictionaries', () => {
  test('is true with all, and false with the name of each that is missing in the log', () => {
    const logger = memoryLogger();
    const all = memoryDictionaries(fakeClock());
    expect(verifyDictionaries(all, logger)).toBe(true);
    expect(logger.entries).toEqual([]);
    const { stats: _stats, worker_events: _events, ...others } = all;
    expect(verifyDictionaries(others, logger)).toBe(false);
    expect(logger.messages('error')).toEqual([
      'Required shared dictionary not found: stats',
      'Required shared dictionary not found: worker_events',
    ]);
  });
});
