/** Checks that a module runs in the phases that the registry lists, with the priorities that it gives. */
import { expect, test } from 'vitest';
import { makeRegistry, start } from './main.ts';

test('G-42 G-43 003-5 two phases, each with the priority of the registry', async () => {
  const registry = await makeRegistry(() => {});
  const example = registry.getRegistry().filter(({ name }) => name === 'example');
  expect(example.map(({ phase, priority }) => [phase, priority])).toEqual([
    ['access', 10],
    ['headerFilter', 20],
  ]);
});

test('G-23 003-5 the priorities are used: before the other in access, after it in header_filter', async () => {
  const seen: string[] = [];
  await using gateway = await start((what) => void seen.push(what));
  expect((await gateway.send()).status).toBe(200);
  expect(seen).toEqual([
    'example in access',
    'other in access',
    'other in header_filter',
    'example in header_filter',
  ]);
});

test('G-30 003-5 it is switched off as a whole, or in one phase', async () => {
  const seen: string[] = [];
  await using gateway = await start((what) => void seen.push(what));
  gateway.gateway.registry.setState('example:access', 'disabled');
  await gateway.send();
  gateway.gateway.registry.setState('example', 'disabled');
  await gateway.send();
  expect(seen.filter((what) => what.startsWith('example'))).toEqual(['example in header_filter']);
});
