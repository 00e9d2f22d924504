/** Checks that success and failure are both measured. */
import { expect, test } from 'vitest';
import { main } from './main.ts';

test('D-176 004-14 both are measured', () => {
  const lines: string[] = [];
  main((line) => lines.push(line));
  expect(lines).toEqual(['Create took 7ms', 'Delete took 7ms', 'Delete failed']);
});
