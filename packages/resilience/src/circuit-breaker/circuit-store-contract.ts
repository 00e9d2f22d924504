/** circuitStoreContract: the laws that every CircuitStore keeps, as checks for any test runner. */
import type { Awaitable } from '@interpose/kernel';
import type { CircuitRecord, CircuitStore } from './circuit-store.ts';

/** One law, and the check that a store keeps it. */
export interface CircuitStoreLaw {
  /** What the store does, as a sentence without its subject. */
  readonly name: string;
  /** Rejects with an error that says what was expected and what came. */
  check(): Promise<void>;
}

/**
 * The laws for a store. `make` is called afresh for each law and gives a store in which nothing stands yet.
 *
 * @example
 * for (const law of circuitStoreContract(() => memoryCircuitStore())) test(law.name, law.check);
 */
export function circuitStoreContract(
  make: () => Awaitable<CircuitStore>,
): readonly CircuitStoreLaw[] {
  return Object.entries(LAWS).map(([name, check]) => ({
    name,
    check: async () => check(await make()),
  }));
}

const record = (generation: number, changes: Partial<CircuitRecord> = {}): CircuitRecord => ({
  version: 1,
  generation,
  state: 'open',
  openings: 1,
  openUntilMs: 1_700_000_000_000,
  ...changes,
});

const LAWS: Readonly<Record<string, (store: CircuitStore) => Promise<void>>> = {
  async 'knows nothing of a key under which nobody has written'(store) {
    expectSame(await store.read('a'), undefined);
  },

  async 'gives back what was written, whole'(store) {
    const written = record(1, { openings: 7, openUntilMs: Number.MAX_SAFE_INTEGER });
    expectSame(await store.compareAndSet('a', 0, written), written);
    expectSame(await store.read('a'), written);
    const closed = record(2, { state: 'closed', openings: 0, openUntilMs: 0 });
    expectSame(await store.compareAndSet('a', 1, closed), closed);
    expectSame(await store.read('a'), closed);
  },

  async 'writes a first record only where nothing stands'(store) {
    await store.compareAndSet('a', 0, record(1));
    expectSame(await store.compareAndSet('a', 0, record(1, { openings: 2 })), record(1));
    expectSame(await store.read('a'), record(1));
  },

  async 'writes only over the generation that is expected'(store) {
    await store.compareAndSet('a', 0, record(1));
    await store.compareAndSet('a', 1, record(2));
    for (const expected of [0, 1, 3]) {
      const late = record(expected + 1, { openings: 9 });
      expectSame(await store.compareAndSet('a', expected, late), record(2));
    }
    expectSame(await store.read('a'), record(2));
  },

  async 'does not write over something that does not stand'(store) {
    expectSame(await store.compareAndSet('a', 4, record(5)), undefined);
    expectSame(await store.read('a'), undefined);
  },

  async 'lets one of many win who write at once, and tells the others who'(store) {
    const all = Array.from({ length: 20 }, (_, index) => record(1, { openings: index + 1 }));
    const stand = await Promise.all(all.map(async (one) => store.compareAndSet('a', 0, one)));
    const winner = await store.read('a');
    if (!winner) throw new Error('Expected one of the records to stand, got nothing.');
    for (const one of stand) expectSame(one, winner);
  },

  async 'keeps keys apart'(store) {
    const keys = ['a', 'A', 'a:b', 'a b', 'ä', '__proto__', 'constructor', '*', 'k'.repeat(200)];
    for (const [index, key] of keys.entries()) {
      await store.compareAndSet(key, 0, record(1, { openings: index }));
    }
    for (const [index, key] of keys.entries()) {
      expectSame(await store.read(key), record(1, { openings: index }));
    }
  },

  async 'keeps a copy of its own'(store) {
    const written = { ...record(1) };
    await store.compareAndSet('a', 0, written);
    written.openings = 99;
    const read = (await store.read('a')) as { openings: number };
    Reflect.set(read, 'openings', 98);
    expectSame(await store.read('a'), record(1));
  },
};

function expectSame(got: unknown, wanted: CircuitRecord | undefined): void {
  if (shown(got) === shown(wanted)) return;
  throw new Error(`Expected ${shown(wanted)}, got ${shown(got)}.`);
}

/** The same text for the same record, whatever the order of its properties. */
const shown = (value: unknown): string =>
  typeof value === 'object' && value !== null
    ? JSON.stringify(value, Object.keys(value).toSorted())
    : String(value);
