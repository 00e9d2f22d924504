/** Checks the order of all steps. */
import { expect, test } from 'vitest';
import { main } from './main.ts';

test('D-13 D-04 004-11 the steps are in the order in which they were told', () => {
  const lines: string[] = [];
  main((line) => lines.push(line));
  const own = ['logging', 'validation', 'audit', 'cache'];
  expect(lines).toEqual([
    ...own.map((name) => `Create: ${name}`),
    'Create: handled',
    ...own.map((name) => `WhoAmI: ${name}`),
    'WhoAmI: behind CRUD',
    'WhoAmI: handled',
  ]);
});
