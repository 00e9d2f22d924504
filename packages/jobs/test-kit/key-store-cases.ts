/** What every store of keys owes, wherever it keeps them. */
import { systemClock } from '@interpose/kernel/clock';
import { describe, expect, test, vi } from 'vitest';
import { KeyHold } from '../src/key-hold.ts';
import { deleteKeyIf, type KeyStore, swapKey } from '../src/key-store.ts';

let keys = 0;

/** Holds stores of one kind to the contract. `open` gives one of any number that share their keys. */
export function keyStoreCases(name: string, open: () => KeyStore): void {
  describe(name, () => {
    const freshKey = (): string => `key-${++keys}`;
    const gone = (store: KeyStore, key: string) =>
      vi.waitFor(async () => expect(await store.get(key)).toBe(undefined), { timeout: 10_000 });

    test.each<[string, unknown]>([
      ['a text', 'ü\n🚀'],
      ['an empty text', ''],
      ['zero', 0],
      ['false', false],
      ['a list', [1, [null]]],
      ['prototype names', JSON.parse('{"__proto__":{"x":1},"constructor":2}')],
    ])('what was set is there until it is deleted: %s', async (_, value) => {
      const [store, key] = [open(), freshKey()];
      expect(await store.get(key)).toBe(undefined);
      await store.set(key, 'before');
      await store.set(key, value);
      expect(JSON.stringify(await open().get(key))).toBe(JSON.stringify(value));
      await store.delete(key);
      expect(await store.get(key)).toBe(undefined);
    });

    test('a key may be any text', async () => {
      const store = open();
      for (const odd of ['__proto__', 'constructor', 'a b:{c}\n*', 'ключ', 'x'.repeat(10_000)]) {
        await store.delete(odd);
        expect(await store.add(odd, 1)).toBe(true);
        expect(await store.add(odd, 2)).toBe(false);
        expect(await store.get(odd)).toBe(1);
      }
    });

    test('of many that add at once one does', async () => {
      const key = freshKey();
      const stores = Array.from({ length: 20 }, open);
      const added = await Promise.all(
        stores.map(async (store, at) => store.add(key, { at }, 60_000)),
      );
      expect(added.filter(Boolean)).toHaveLength(1);
      expect(await stores[0]?.get(key)).toEqual({ at: added.indexOf(true) });
    });

    test('a key is free when its time is up; what is set anew has a time of its own', async () => {
      const [store, key, other] = [open(), freshKey(), freshKey()];
      await store.add(key, 'a', 50.5);
      await store.set(other, 'a', 50);
      await store.set(other, 'b');
      await gone(store, key);
      expect(await store.add(key, 'b', 60_000)).toBe(true);
      expect(await store.get(other)).toBe('b');
    });

    test('a value takes the place of another only if that one is there', async () => {
      const [store, key] = [open(), freshKey()];
      const [mine, theirs] = [{ holder: 'me' }, { holder: 'them' }];
      expect(await swapKey(store, key, { from: mine, to: theirs })).toBe(false);
      await store.set(key, mine, 60_000);
      expect(await swapKey(store, key, { from: theirs, to: theirs })).toBe(false);
      expect(await swapKey(store, key, { from: mine, to: theirs, ttlMs: 50 })).toBe(true);
      expect(await deleteKeyIf(store, key, mine)).toBe(false);
      expect(await store.get(key)).toEqual(theirs);
      await gone(store, key);
      await store.set(key, mine);
      expect(await deleteKeyIf(store, key, mine)).toBe(true);
      expect(await deleteKeyIf(store, key, mine)).toBe(false);
      expect(await store.get(key)).toBe(undefined);
    });

    test('of many that take a key over at once one does', async () => {
      const key = freshKey();
      const stores = Array.from({ length: 20 }, open);
      await stores[0]?.set(key, 'old');
      const swapped = await Promise.all(
        stores.map((store, at) => swapKey(store, key, { from: 'old', to: { at } })),
      );
      expect(swapped.filter(Boolean)).toHaveLength(1);
      expect(await stores[1]?.get(key)).toEqual({ at: swapped.indexOf(true) });
    });

    describe('held', () => {
      const failures: unknown[] = [];
      const take = (key: string, leaseMs = 60_000) =>
        KeyHold.take(key, {
          store: open(),
          leaseMs,
          clock: systemClock,
          onFailure: (error) => void failures.push(error),
        });

      test('by one of many, until it lets go', async () => {
        const key = freshKey();
        const holds = await Promise.all(Array.from({ length: 20 }, () => take(key)));
        const [held, ...none] = holds.filter((hold) => hold !== undefined);
        expect(none).toEqual([]);
        await held?.release();
        const next = await take(key);
        expect(next).toBeDefined();
        // The first has nothing left to let go of.
        await held?.release();
        expect(await take(key)).toBe(undefined);
        await next?.release();
        expect(failures).toEqual([]);
      });

      test('for as long as it is renewed', async () => {
        const key = freshKey();
        const hold = await take(key, 900);
        const fromMs = performance.now();
        await vi.waitFor(() => expect(performance.now() - fromMs).toBeGreaterThan(2_000), {
          timeout: 10_000,
        });
        expect(await take(key)).toBe(undefined);
        await hold?.release();
        expect(failures).toEqual([]);
      });

      test('nothing is taken, replaced or renewed that another has by now', async () => {
        const [store, key] = [open(), freshKey()];
        const hold = await take(key, 60);
        await store.set(key, 'theirs');
        const fromMs = performance.now();
        await vi.waitFor(() => expect(performance.now() - fromMs).toBeGreaterThan(100));
        await hold?.replace('mine', 60_000);
        await hold?.release();
        expect(await store.get(key)).toBe('theirs');
        expect(failures).toEqual([]);
      });
    });
  });
}
