/** Tests of circuit stores: the one in memory keeps the contract, and the contract finds out those that do not. */
import { describe, expect, test } from 'vitest';
import { circuitStoreContract } from './circuit-store-contract.ts';
import type { CircuitRecord, CircuitStore } from './circuit-store.ts';
import { memoryCircuitStore } from './memory-circuit-store.ts';

for (const law of circuitStoreContract(() => memoryCircuitStore())) {
  test(`memoryCircuitStore ${law.name}`, law.check);
}

const record = (generation: number): CircuitRecord => ({
  version: 1,
  generation,
  state: 'open',
  openings: 1,
  openUntilMs: 5,
});

describe('memoryCircuitStore', () => {
  test('drops the circuit that was asked for least recently when there are too many', () => {
    const store = memoryCircuitStore({ maxEntries: 2 });
    for (const key of ['a', 'b']) void store.compareAndSet(key, 0, record(1));
    void store.read('a');
    void store.compareAndSet('c', 0, record(1));
    expect(['a', 'b', 'c'].map((key) => store.read(key) !== undefined)).toEqual([
      true,
      false,
      true,
    ]);
  });

  test('refuses options that are wrong', () => {
    expect(() => memoryCircuitStore({ maxEntries: 0 })).toThrow(
      '`maxEntries` to be a whole number',
    );
    expect(() => memoryCircuitStore({ max: 1 } as never)).toThrow('Unknown option `max`');
  });
});

/** Laws that a store breaks. */
async function broken(make: () => CircuitStore): Promise<string[]> {
  const names: string[] = [];
  for (const { name, check } of circuitStoreContract(make)) {
    try {
      await check();
    } catch (error) {
      expect((error as Error).message).toMatch(/^Expected .*, got .*\.$/);
      names.push(name);
    }
  }
  return names;
}

const copied = (one: CircuitRecord | undefined): CircuitRecord | undefined => one && { ...one };

/** A store on a map, with one thing done otherwise. */
function faulty(
  otherwise: (map: Map<string, CircuitRecord>) => Partial<CircuitStore>,
): () => CircuitStore {
  return () => {
    const map = new Map<string, CircuitRecord>();
    return {
      read: (key) => copied(map.get(key)),
      compareAndSet(key, expected, record) {
        if ((map.get(key)?.generation ?? 0) === expected) map.set(key, { ...record });
        return copied(map.get(key));
      },
      ...otherwise(map),
    };
  };
}

describe('circuitStoreContract', () => {
  test('finds a store that writes over anything', async () => {
    const store = faulty((map) => ({
      compareAndSet: (key, _, record) => (map.set(key, { ...record }), record),
    }));
    expect(await broken(store)).toContain('writes only over the generation that is expected');
    expect(await broken(store)).toContain('does not write over something that does not stand');
  });

  test('finds a store that looks first and writes later', async () => {
    const store = faulty((map) => ({
      async compareAndSet(key, expected, record) {
        const stands = map.get(key);
        await Promise.resolve();
        if ((stands?.generation ?? 0) === expected) map.set(key, { ...record });
        return map.get(key);
      },
    }));
    expect(await broken(store)).toEqual([
      'lets one of many win who write at once, and tells the others who',
    ]);
  });

  test('finds a store that has one key for all, and one that hands out what it keeps', async () => {
    const oneKey = faulty((map) => ({ read: () => copied([...map.values()].at(-1)) }));
    expect(await broken(oneKey)).toEqual(['keeps keys apart']);
    const handsOut = faulty((map) => ({
      compareAndSet(key, expected, record) {
        if ((map.get(key)?.generation ?? 0) === expected) map.set(key, record);
        return map.get(key);
      },
    }));
    expect(await broken(handsOut)).toEqual(['keeps a copy of its own']);
  });

  test('finds a store that does not say what stands, and one that loses a part', async () => {
    const silent = faulty((map) => ({
      compareAndSet(key, expected, record) {
        if ((map.get(key)?.generation ?? 0) !== expected) return undefined;
        map.set(key, { ...record });
        return { ...record };
      },
    }));
    expect(await broken(silent)).toContain('writes a first record only where nothing stands');
    const loses = faulty((map) => ({
      read(key) {
        const stands = map.get(key);
        return stands && { ...stands, openings: Math.min(stands.openings, 5) };
      },
    }));
    expect(await broken(loses)).toContain('gives back what was written, whole');
  });
});
