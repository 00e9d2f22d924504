/** Checks in which phases a single-phase middleware runs, and what its result means. */
import { PHASES, STATES } from '@interpose/gateway';
import { testPlugin } from '@interpose/gateway/testing';
import { expect, test } from 'vitest';
import { makeExample } from './main.ts';

test('G-41 G-26 003-4 runs in access only, and true goes on', async () => {
  const seen: string[] = [];
  await using tested = await testPlugin(makeExample((phase) => void seen.push(phase)));
  expect(await tested.send()).toMatchObject({ status: 200, text: 'OK' });
  expect(seen).toEqual(['access']);
});

test('G-180 003-4 each phase on its own: it is in one of them', async () => {
  const seen: string[] = [];
  await using tested = await testPlugin(makeExample((phase) => void seen.push(phase)));
  for (const phase of PHASES) expect((await tested.run(phase)).passed).toBe(true);
  expect(seen).toEqual(['access']);
});

test('G-20 003-4 one that is disabled does not run', async () => {
  const seen: string[] = [];
  const example = { ...makeExample((phase) => void seen.push(phase)), state: STATES.DISABLED };
  await using tested = await testPlugin(example);
  expect((await tested.send()).status).toBe(200);
  expect(seen).toEqual([]);
});
