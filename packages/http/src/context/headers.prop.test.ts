/** Laws of HeaderList, checked against a list of pairs that is as simple as can be. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HeaderList } from './headers.ts';

type Pair = readonly [string, string];

/** What a list does, said with pairs. */
class Model {
  pairs: Pair[];

  constructor(pairs: readonly Pair[]) {
    this.pairs = [...pairs];
  }

  all(name: string): string[] {
    return this.pairs.filter(([own]) => same(own, name)).map(([, value]) => value);
  }

  get(name: string): string | undefined {
    const values = this.all(name);
    if (values.length === 0) return undefined;
    if (same(name, 'set-cookie')) return values[0];
    return values.join(same(name, 'cookie') ? '; ' : ', ');
  }

  set(name: string, value: string): void {
    const at = this.pairs.findIndex(([own]) => same(own, name));
    if (at < 0) return void this.pairs.push([name, value]);
    this.pairs[at] = [name, value];
    this.pairs = this.pairs.filter(([own], index) => index <= at || !same(own, name));
  }

  append(name: string, value: string): void {
    this.pairs.push([name, value]);
  }

  delete(name: string): boolean {
    const before = this.pairs.length;
    this.pairs = this.pairs.filter(([own]) => !same(own, name));
    return this.pairs.length < before;
  }

  appendItem(name: string, item: string): void {
    const value = this.get(name) ?? '';
    const items = value.split(',').map((one) => one.trim().toLowerCase());
    if (items.includes('*') || items.includes(item.toLowerCase())) return;
    this.set(name, value === '' ? item : `${value}, ${item}`);
  }
}

const same = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();

const name = fc.constantFrom(
  'A',
  'a',
  'Vary',
  'vary',
  'VARY',
  'Cookie',
  'cookie',
  'Set-Cookie',
  'x-b',
);
const value = fc.constantFrom(
  '',
  '1',
  '2',
  'Origin',
  'origin, accept',
  '*',
  'a=1; Path=/',
  '\xe9\t',
);
const item = fc.constantFrom('Origin', 'ORIGIN', 'accept', '*', 'b');
const pairs = fc.array(fc.tuple(name, value), { maxLength: 8 });

type Step = (list: HeaderList | Model) => unknown;
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(name, value).map(
    ([n, v]): Step =>
      (list) =>
        list.set(n, v),
  ),
  fc.tuple(name, value).map(
    ([n, v]): Step =>
      (list) =>
        list.append(n, v),
  ),
  fc.tuple(name, item).map(
    ([n, v]): Step =>
      (list) =>
        list.appendItem(n, v),
  ),
  name.map(
    (n): Step =>
      (list) =>
        list.delete(n),
  ),
);

const rawOf = (of: readonly Pair[]): string[] => of.flat();

test('a list says what the pairs say, whatever is done to it', () => {
  fc.assert(
    fc.property(pairs, fc.array(step, { maxLength: 12 }), (from, steps) => {
      const list = HeaderList.fromRaw(rawOf(from));
      const model = new Model(from);
      for (const act of steps) {
        expect(act(list)).toEqual(act(model));
        expect(list.toRaw()).toEqual(rawOf(model.pairs));
        expect([...list]).toEqual(model.pairs.map(([n, v]) => [n.toLowerCase(), v]));
        for (const asked of ['A', 'VARY', 'vary', 'cOOkie', 'set-cookie', 'X-B', 'none']) {
          expect(list.get(asked)).toBe(model.get(asked));
          expect(list.getAll(asked)).toEqual(model.all(asked));
          expect(list.has(asked)).toBe(model.all(asked).length > 0);
        }
      }
    }),
  );
});

test('what is done to a list is not done to what it was made from, nor to others made from it', () => {
  fc.assert(
    fc.property(pairs, fc.array(step, { minLength: 1, maxLength: 6 }), (from, steps) => {
      const raw = Object.freeze(rawOf(from));
      const [changed, untouched] = [HeaderList.fromRaw(raw), HeaderList.fromRaw(raw)];
      for (const act of steps) act(changed);
      expect(raw).toEqual(rawOf(from));
      expect(untouched.toRaw()).toEqual(raw);
      changed.deleteWhere(() => true);
      expect([changed.toRaw(), untouched.toRaw()]).toEqual([[], raw]);
    }),
  );
});

test('an item is added once, however often it is added', () => {
  fc.assert(
    fc.property(pairs, fc.array(item, { maxLength: 6 }), (from, items) => {
      const list = HeaderList.fromRaw(rawOf(from));
      for (const one of items) list.appendItem('Vary', one);
      const once = list.get('vary');
      for (const one of items) list.appendItem('vary', one);
      expect(list.get('vary')).toBe(once);
    }),
  );
});

test('what a list takes cannot split a message, and what it refuses has changed nothing', () => {
  const text = fc.string({ unit: 'binary', maxLength: 12 });
  fc.assert(
    fc.property(fc.oneof(name, text), fc.oneof(value, text), fc.boolean(), (n, v, sets) => {
      const list = HeaderList.fromRaw(['A', '1']);
      try {
        if (sets) list.set(n, v);
        else list.append(n, v);
      } catch (error) {
        expect(error).toMatchObject({ code: 'INVALID_HEADER' });
        return void expect(list.toRaw()).toEqual(['A', '1']);
      }
      expect(n).toMatch(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/);
      // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
      expect(v).not.toMatch(/[\0-\x08\x0a-\x1f\x7f]/);
    }),
    { numRuns: 500 },
  );
});
