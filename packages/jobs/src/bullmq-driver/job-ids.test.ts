/** Any text is an id, and BullMQ takes what it is written as. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { givenId, storedId, storedIds } from './job-ids.ts';

const id = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1 }),
  fc.nat().map(String),
  fc.array(fc.constantFrom(':', '=', '7', 'a', '%')).map((parts) => parts.join('')),
);

test('law: an id comes back as it was given, and BullMQ takes what is stored', () => {
  fc.assert(
    fc.property(id, (given) => {
      const stored = storedId(given);
      expect(givenId(stored)).toBe(given);
      // The two rules of BullMQ for ids of others.
      expect(`${Number.parseInt(stored, 10)}`).not.toBe(stored);
      expect([1, 3]).toContain(stored.split(':').length);
      expect(storedIds(given)).toContain(stored);
    }),
  );
});

test('what needs no other spelling is stored as it is', () => {
  expect(storedId('mail-7')).toBe('mail-7');
  expect(storedId('repeat:daily:1700000000000')).toBe('repeat:daily:1700000000000');
  expect(storedId('7')).toBe('=7');
  expect(storedIds('7')).toEqual(['7', '=7']);
  expect(storedIds('a:b')).toEqual(['=a%3Ab']);
});
