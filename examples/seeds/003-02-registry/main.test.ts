/** Checks what the entry of the seed becomes. */
import { defineRegistry } from '@interpose/gateway';
import { expect, test } from 'vitest';
import { loadRegistry, REGISTRY } from './main.ts';

test('G-40 G-48 003-2 the entry is for three phases, with priority 10 in each', async () => {
  const registry = await loadRegistry();
  expect(registry.getRegistry()).toEqual(
    ['access', 'headerFilter', 'log'].map((phase) => ({
      name: 'request_id',
      phase,
      priority: 10,
      state: 'active',
      scope: 'all routes',
    })),
  );
});

test('G-48 003-2 the list is the one place that says it', () => {
  expect(Object.keys(REGISTRY)).toEqual(['request_id']);
  expect(Object.values(REGISTRY.request_id.phases ?? {})).toEqual([
    { priority: 10 },
    { priority: 10 },
    { priority: 10 },
  ]);
});

test('G-40 003-2 the compiler knows phases, states and names', () => {
  const module = { access: { handle: (): boolean => true } };
  const entries = defineRegistry({
    // @ts-expect-error -- there is no such phase
    phase: { module, phases: { rewrite: {} } },
    // @ts-expect-error -- there is no such state
    state: { module, phases: { access: {} }, state: 'on' },
    // @ts-expect-error -- there is no such entry
    need: { module, phases: { access: {} }, after: 'request_ids' },
  });
  expect(Object.keys(entries)).toHaveLength(3);
});
