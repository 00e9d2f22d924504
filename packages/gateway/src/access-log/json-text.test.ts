/** Tests of JSON for logs. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonText } from './json-text.ts';

test('is what JSON.stringify gives, whatever the values are', () => {
  const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string(), fc.constant('\ud800'));
  const value = fc.oneof(
    text,
    fc.double(),
    fc.boolean(),
    fc.constantFrom(null, undefined, -0, NaN, Infinity),
    fc.dictionary(fc.string({ unit: 'binary' }), text),
  );
  const names = fc.constantFrom('time', 'path', 'status', 'headers', 'a', 'b', 'c');
  fc.assert(
    fc.property(fc.dictionary(names, value, { noNullPrototype: true }), (entry) => {
      expect(jsonText(entry)).toBe(JSON.stringify(entry));
    }),
    { numRuns: 1000 },
  );
});
