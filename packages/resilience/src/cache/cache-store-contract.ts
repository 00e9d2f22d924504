/** cacheStoreContract: what every CacheStore keeps to, as checks for any test runner. */
import type { Awaitable } from '@interpose/kernel';
import type { CachedValue, CacheEntry, CacheStore } from './cache-store.ts';

/** A fresh, empty store under contract, and the means to let its time pass. */
export interface CacheStoreTrial {
  readonly store: CacheStore;
  /** Lets time pass for the store: moves its clock, or waits. */
  advance(ms: number): Awaitable<unknown>;
  /** By how much an age may be off; a store elsewhere measures time less sharply. @default 0 */
  readonly toleranceMs?: number;
  /** Is called at the end of a check, however it ends. */
  end?(): Awaitable<unknown>;
}

/** One thing that a store keeps to, and the check that it does. */
export interface CacheStoreLaw {
  /** What the store does, as a sentence without its subject: 'keeps an entry until its time is over'. */
  readonly name: string;
  /** Rejects with an error that says how the law is broken. */
  check(): Promise<void>;
}

/**
 * The laws for a store of cache entries. `make` is called afresh for each of them.
 *
 * @example
 * for (const law of cacheStoreContract(() => ({ store: memoryCacheStore({ clock }), advance: (ms) => clock.advance(ms) }))) {
 *   test(law.name, law.check);   // vitest, node:test, jest, mocha
 * }
 */
export function cacheStoreContract(
  make: () => Awaitable<CacheStoreTrial>,
): readonly CacheStoreLaw[] {
  return Object.entries(LAWS).map(([name, law]) => ({
    name,
    async check() {
      const trial = await make();
      try {
        await law(trial);
      } finally {
        await trial.end?.();
      }
    },
  }));
}

const TTL_MS = 400;
const KEEP_MS = 800;

const LAWS: Readonly<Record<string, (trial: CacheStoreTrial) => Promise<void>>> = {
  async 'has nothing that was not set'({ store }) {
    await expectNone(store, 'never set');
    await store.delete('never set');
    await store.invalidate('never used');
  },

  async 'gives back what was set, with its figures'({ store }) {
    await store.set('key', entry({ a: [1, 'two', null] }, 'one', 'two'));
    const found = await expectSome(store, 'key');
    expectSame('value', found.value, { a: [1, 'two', null] });
    expectSame('ttlMs', found.ttlMs, TTL_MS);
    expectSame('tags', found.tags.toSorted(), ['one', 'two']);
  },

  async 'keeps values that are easily taken for none'({ store }) {
    for (const value of [undefined, null, 0, '', false]) {
      await store.set('key', entry(value));
      expectSame('value', (await expectSome(store, 'key')).value, value);
    }
  },

  async 'keeps an entry for ever if it is told so'({ store, advance }) {
    await store.set('key', { value: 1, ttlMs: Infinity, keepMs: Infinity, tags: [] });
    await advance(KEEP_MS);
    expectSame('ttlMs', (await expectSome(store, 'key')).ttlMs, Infinity);
  },

  async 'tells how old an entry is'({ store, advance, toleranceMs = 0 }) {
    await store.set('key', entry('value'));
    expectNear('ageMs', (await expectSome(store, 'key')).ageMs, 0, toleranceMs);
    await advance(TTL_MS / 2);
    expectNear('ageMs', (await expectSome(store, 'key')).ageMs, TTL_MS / 2, toleranceMs);
  },

  async 'keeps an entry that is not fresh any more'({ store, advance }) {
    await store.set('key', entry('value'));
    await advance((TTL_MS + KEEP_MS) / 2);
    expectSame('value', (await expectSome(store, 'key')).value, 'value');
  },

  async 'has lost an entry when its time to be kept is over'({ store, advance, toleranceMs = 0 }) {
    await store.set('key', entry('value'));
    await advance(KEEP_MS + toleranceMs);
    await expectNone(store, 'key');
  },

  async 'lets a new entry take the place of an old one, with its age and its tags'({
    store,
    advance,
    toleranceMs = 0,
  }) {
    await store.set('key', entry('old', 'old tag'));
    await advance(TTL_MS / 2);
    await store.set('key', entry('new', 'new tag'));
    await store.invalidate('old tag');
    const found = await expectSome(store, 'key');
    expectSame('value', found.value, 'new');
    expectNear('ageMs', found.ageMs, 0, toleranceMs);
    await store.invalidate('new tag');
    await expectNone(store, 'key');
  },

  async 'deletes one entry and no other'({ store }) {
    await store.set('one', entry(1, 'tag'));
    await store.set('two', entry(2, 'tag'));
    await store.delete('one');
    await expectNone(store, 'one');
    expectSame('value', (await expectSome(store, 'two')).value, 2);
  },

  async 'invalidates all that depends on a tag and nothing else'({ store }) {
    await store.set('both', entry(1, 'red', 'blue'));
    await store.set('red', entry(2, 'red'));
    await store.set('blue', entry(3, 'blue'));
    await store.set('none', entry(4));
    await store.invalidate('red');
    for (const gone of ['both', 'red']) await expectNone(store, gone);
    for (const left of ['blue', 'none']) await expectSome(store, left);
  },

  async 'does not hold an invalidation against what is set later'({ store }) {
    await store.set('key', entry('old', 'tag'));
    await store.invalidate('tag');
    await store.set('key', entry('new', 'tag'));
    expectSame('value', (await expectSome(store, 'key')).value, 'new');
  },

  async 'keeps names apart: of keys, of tags, and such as are unusual'({ store }) {
    const names = ['name', 'Name', 'name ', '', 'na:me', 'na*', '__proto__', 'ñ\n\u0000', '{name}'];
    for (const name of names) await store.set(name, entry(`for ${name}`, `tag ${name}`));
    for (const name of names) {
      expectSame('value', (await expectSome(store, name)).value, `for ${name}`);
    }
    // A tag by the name of a key.
    await store.invalidate('name');
    await expectSome(store, 'name');
    await store.invalidate('tag name');
    await expectNone(store, 'name');
    for (const name of names.slice(1)) await expectSome(store, name);
  },
};

function entry(value: unknown, ...tags: readonly string[]): CacheEntry {
  return { value, ttlMs: TTL_MS, keepMs: KEEP_MS, tags };
}

async function expectSome(store: CacheStore, key: string): Promise<CachedValue> {
  const found = await store.get(key);
  if (!found) throw new Error(`Expected an entry for ${JSON.stringify(key)}, got none.`);
  return found;
}

async function expectNone(store: CacheStore, key: string): Promise<void> {
  const found = await store.get(key);
  if (found === undefined) return;
  throw new Error(`Expected no entry for ${JSON.stringify(key)}, got ${shown(found)}.`);
}

function expectSame(what: string, got: unknown, wanted: unknown): void {
  if (Object.is(got, wanted) || (isObject(wanted) && shown(got) === shown(wanted))) return;
  throw new Error(`Expected ${what} to be ${shown(wanted)}, got ${shown(got)}.`);
}

function expectNear(what: string, got: number, wanted: number, toleranceMs: number): void {
  if (Math.abs(got - wanted) <= toleranceMs) return;
  throw new Error(`Expected ${what} to be ${wanted}, give or take ${toleranceMs}, got ${got}.`);
}

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null;
const shown = (value: unknown): string => JSON.stringify(value) ?? String(value);
