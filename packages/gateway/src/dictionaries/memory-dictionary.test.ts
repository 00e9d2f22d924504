/** The dictionary in memory keeps the contract of dictionaries. */
import { expect, test } from 'vitest';
import { dictionaryContract } from '../../test-kit/dictionary-contract.ts';
import { MemoryDictionary } from './memory-dictionary.ts';

dictionaryContract(
  'in memory',
  (clock, capacityBytes) => new MemoryDictionary('test', { clock, capacityBytes }),
);

test('it answers at once', () => {
  const own = new MemoryDictionary('test');
  own.set('key', 1);
  expect([own.get('key'), own.incr('key', 1), own.keys()]).toEqual([1, 2, ['key']]);
});

test('options out of range are refused', () => {
  expect(() => new MemoryDictionary('test', { capacityBytes: 0 })).toThrow(RangeError);
});
