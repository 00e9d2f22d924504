/** Tests of times in logs. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isoTime } from './iso-time.ts';

test('are those that a date has, in whatever order they are asked for', () => {
  const moment = fc.double({ min: -62_135_596_800_000, max: 253_402_300_799_000, noNaN: true });
  fc.assert(
    fc.property(moment, fc.array(fc.integer({ min: -3000, max: 3000 })), (start, steps) => {
      for (const step of [0, ...steps]) {
        const wallMs = start + step;
        expect(isoTime(wallMs)).toBe(new Date(Math.floor(wallMs)).toISOString());
      }
    }),
  );
});
