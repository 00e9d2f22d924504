/** Checks that there are five phases, and what becomes of a sixth. */
import { PHASES, type PhaseName } from '@interpose/gateway';
import { expect, test } from 'vitest';
import { register, VALID } from './main.ts';

test('G-01 003-3 five are true', () => {
  expect(VALID).toEqual({
    access: true,
    content: true,
    header_filter: true,
    body_filter: true,
    log: true,
  });
  expect(PHASES).toHaveLength(5);
  expect((Object.keys(VALID) as PhaseName[]).map(register)).toEqual(
    Array.from({ length: 5 }, () => 'registered'),
  );
});

test('G-01 003-3 a sixth is refused by the compiler, and when the program runs', () => {
  // @ts-expect-error -- there is no such phase
  expect(register('rewrite')).toBe('Invalid phase: rewrite');
});
