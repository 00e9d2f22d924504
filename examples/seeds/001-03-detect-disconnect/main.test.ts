/** Checks the flag of a client that leaves, and of one that stays. */
import { expect, test } from 'vitest';
import { main } from './main.ts';

test('F-10 F-11 F-12 001-3 the flag goes from false to true when the client leaves, and stays false when all is well', async () => {
  const lines: string[] = [];
  await main((line) => lines.push(line));
  expect(lines).toEqual([
    'at first: false',
    'at the end: true, aborted: true',
    'after a whole answer: false',
  ]);
});
