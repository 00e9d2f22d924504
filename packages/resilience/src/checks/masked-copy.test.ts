/** maskedCopy: what is named is masked wherever it stands, and nothing else changes. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { maskedCopy } from './masked-copy.ts';

const rules = { fields: ['pin', 'iban'] };
const HIDDEN = '[redacted]';

describe('maskedCopy', () => {
  test('M-148 masks named fields at any depth and in lists, and leaves the original', () => {
    const given = {
      name: 'Ada',
      pin: 1234,
      accounts: [{ iban: 'DE1', sum: 5 }, { sum: 6 }, [{ iban: { country: 'DE' } }]],
    };
    const before = structuredClone(given);
    expect(maskedCopy(given, rules)).toStrictEqual({
      name: 'Ada',
      pin: HIDDEN,
      accounts: [{ iban: HIDDEN, sum: 5 }, { sum: 6 }, [{ iban: HIDDEN }]],
    });
    expect(given).toStrictEqual(before);
  });

  test.each([
    [{ name: 'Ada', accounts: [{ sum: 1 }] }],
    [[]],
    ['pin'],
    [5],
    [null],
    [undefined],
    [new Date(0)],
    [new Map([['sum', 1]])],
    [new Set([1])],
    [new Uint8Array(3)],
    [() => 1],
  ])('M-148 what has nothing to mask is the same: %o', (given) => {
    expect(maskedCopy(given, rules)).toBe(given);
  });

  test('M-148 only what leads to a masked field is copied', () => {
    const given = { account: { pin: 1 }, address: { town: 'Ulm' }, tags: ['a'] };
    const masked = maskedCopy(given, rules);
    expect([masked.address, masked.tags]).toEqual([given.address, given.tags]);
    expect(masked.address).toBe(given.address);
    expect(masked.tags).toBe(given.tags);
    expect(masked.account).not.toBe(given.account);
  });

  test('M-148 what is empty or missing is masked as well: that it is empty tells something', () => {
    expect(maskedCopy({ pin: null, iban: undefined }, rules)).toStrictEqual({
      pin: HIDDEN,
      iban: HIDDEN,
    });
    expect(maskedCopy({ sum: 1 }, rules)).toStrictEqual({ sum: 1 });
  });

  test('M-148 a mask of your own is given value and name, once a field', () => {
    const seen: unknown[] = [];
    const masked = maskedCopy(
      { iban: 'DE12345678', pin: [1, 2] },
      {
        ...rules,
        mask(value, field) {
          seen.push([field, value]);
          return field === 'iban' ? `…${String(value).slice(-4)}` : undefined;
        },
      },
    );
    expect(masked).toStrictEqual({ iban: '…5678', pin: undefined });
    expect(seen).toEqual([
      ['iban', 'DE12345678'],
      ['pin', [1, 2]],
    ]);
  });

  test('M-148 a mask that fails gives nothing away; so does one that is late', () => {
    const fault = new Error('mask');
    const mask = (): never => {
      throw fault;
    };
    expect(() => maskedCopy({ pin: 1 }, { ...rules, mask })).toThrow(fault);
    const late = { ...rules, mask: () => Promise.reject(fault) };
    expect(() => maskedCopy({ pin: 1 }, late)).toThrow('a function that gives its value at once');
  });

  test('M-148 circles stay circles, and what is shared stays shared', () => {
    interface Person {
      readonly pin: unknown;
      friends: Person[];
    }
    const ada: Person = { pin: 1, friends: [] };
    const bob: Person = { pin: 2, friends: [ada, ada] };
    ada.friends = [bob, ada];
    const masked = maskedCopy({ first: ada, second: bob }, rules);
    expect([masked.first.pin, masked.second.pin]).toEqual([HIDDEN, HIDDEN]);
    expect(masked.first.friends[0]).toBe(masked.second);
    expect(masked.first.friends[1]).toBe(masked.first);
    expect(masked.second.friends).toEqual([masked.first, masked.first]);
    expect(ada.pin).toBe(1);
  });

  test('M-148 an object that holds itself and nothing to mask is the same object', () => {
    const circle: Record<string, unknown> = { sum: 1 };
    circle['self'] = [circle];
    expect(maskedCopy(circle, rules)).toBe(circle);
  });

  test('M-148 maps by their keys and sets are looked into', () => {
    const list = new Map<unknown, unknown>([
      ['pin', 1],
      ['more', new Set([{ iban: 2 }, 3])],
      [7, 'x'],
    ]);
    const masked = maskedCopy({ list }, rules);
    expect(masked.list).toEqual(
      new Map<unknown, unknown>([
        ['pin', HIDDEN],
        ['more', new Set([{ iban: HIDDEN }, 3])],
        [7, 'x'],
      ]),
    );
    expect(list.get('pin')).toBe(1);
  });

  test('M-148 what is of a class stays what it is, and must not have such a field', () => {
    class Person {
      readonly name: string = 'Ada';
    }
    class Account extends Person {
      get iban(): string {
        return 'DE1';
      }
    }
    const given = { person: new Person(), at: new Date(0), bytes: new Uint8Array(2), pin: 1 };
    expect(maskedCopy(given, rules)).toStrictEqual({ ...given, pin: HIDDEN });
    for (const held of [new Account(), [new Account()], { a: { b: new Account() } }]) {
      expect(() => maskedCopy(held, rules)).toThrow(
        'Cannot mask "iban" in an instance of Account; hand on a plain object.',
      );
    }
    const orphan: unknown = Object.create(Object.create(null, { pin: { value: 1 } }) as object);
    expect(() => maskedCopy(orphan, rules)).toThrow('in an instance of a class');
    expect(maskedCopy({ pin: new Account() }, rules)).toEqual({ pin: HIDDEN });
  });

  test('M-148 what is read a second time as something else is not trusted', () => {
    let reads = 0;
    const shifty = {
      get account() {
        return { pin: ++reads };
      },
    };
    expect(maskedCopy(shifty, rules)).toStrictEqual({ account: { pin: HIDDEN } });
    expect(reads).toBe(1);
  });

  test('M-148 names that could reach a prototype, and symbols, are names like others', () => {
    const mark = Symbol('mark');
    const given = JSON.parse('{"__proto__":{"pin":1},"pin":2}') as object;
    const masked = maskedCopy(Object.assign(given, { [mark]: { pin: 3 } }), rules);
    expect(Object.getPrototypeOf(masked)).toBe(Object.prototype);
    expect(Object.getOwnPropertyDescriptor(masked, '__proto__')?.value).toEqual({ pin: HIDDEN });
    expect(masked[mark as never]).toEqual({ pin: HIDDEN });
    expect(
      maskedCopy(JSON.parse('{"__proto__":{"admin":1}}'), { fields: ['__proto__'] }),
    ).toStrictEqual(JSON.parse(`{"__proto__":"${HIDDEN}"}`));
    const bare = Object.assign(Object.create(null) as object, { pin: 1 });
    expect(Object.getPrototypeOf(maskedCopy(bare, rules))).toBeNull();
  });

  test('X-R5 depth and breadth overflow nothing', () => {
    let deep: unknown = { pin: 1 };
    for (let n = 0; n < 200_000; n++) deep = [deep];
    let masked = maskedCopy(deep, rules);
    while (Array.isArray(masked)) [masked] = masked as unknown[];
    expect(masked).toEqual({ pin: HIDDEN });
    const shared = { pin: 1 };
    const wide = Array.from({ length: 200_000 }, () => shared);
    expect(new Set(maskedCopy(wide, rules)).size).toBe(1);
  });

  test('rules that are wrong are refused in a sentence', () => {
    for (const fields of [undefined, 'pin', [], [''], [5], null, new Set(['pin'])]) {
      expect(() => maskedCopy({}, { fields } as never)).toThrow(
        'Expected `fields` to be a list of one name or more',
      );
    }
    expect(() => maskedCopy({}, { fields: ['card.pin'] })).toThrow(
      'Expected `fields` to be names of fields and no paths, got `card.pin`',
    );
    expect(() => maskedCopy({}, { ...rules, mask: '***' } as never)).toThrow(
      'Expected `mask` to be a function',
    );
  });
});

describe('properties', () => {
  const name = fc.constantFrom('pin', 'iban', 'sum', 'name', 'pins');
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { depthSize: 'medium', withCrossShrink: true },
      fc.constantFrom<unknown>(1, 'x', null, true, undefined),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(name, tie('tree'), { maxKeys: 4, noNullPrototype: false }),
    ),
  }));

  /** Masks a tree in the plainest way. */
  const expected = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(expected);
    if (typeof value !== 'object' || value === null) return value;
    const copy = Object.entries(value).map(([key, inner]) => [
      key,
      rules.fields.includes(key) ? HIDDEN : expected(inner),
    ]);
    return Object.fromEntries(copy);
  };

  test('M-148 property: a tree is masked as if field by field, and stays as it was', () => {
    fc.assert(
      fc.property(tree, (given) => {
        const before = structuredClone(given);
        const masked = maskedCopy(given, rules);
        expect(masked).toEqual(expected(given));
        expect(given).toEqual(before);
        expect(maskedCopy(masked, rules)).toEqual(masked);
      }),
      { numRuns: 500 },
    );
  });

  type Kind = 'object' | 'list' | 'map' | 'set';
  interface Plan {
    readonly kinds: readonly Kind[];
    readonly links: readonly (readonly [from: number, field: string, to: number])[];
  }
  const plan: fc.Arbitrary<Plan> = fc
    .array(fc.constantFrom<Kind>('object', 'list', 'map', 'set'), { minLength: 1, maxLength: 8 })
    .chain((kinds) => {
      const node = fc.nat({ max: kinds.length - 1 });
      return fc.record({
        kinds: fc.constant(kinds),
        links: fc.array(fc.tuple(node, name, node), { maxLength: 16 }),
      });
    });
  const FRESH = { object: () => ({}), list: () => [], map: () => new Map(), set: () => new Set() };
  const link = (from: unknown, field: string, to: unknown): void => {
    if (Array.isArray(from)) from.push(to);
    else if (from instanceof Map) from.set(field, to);
    else if (from instanceof Set) from.add(to);
    else (from as Record<string, unknown>)[field] = to;
  };
  /** What stands in an object of any kind, by name or place. */
  const within = (object: unknown): readonly (readonly [unknown, unknown])[] => {
    if (Array.isArray(object)) return [...object.entries()];
    if (object instanceof Set) return [...object].map((value, at) => [at, value] as const);
    return object instanceof Map ? [...object] : Object.entries(object as object);
  };
  const isNamed = (key: unknown): boolean => rules.fields.includes(key as string);

  test('M-148 property: in any graph nothing named can be reached, its form stays, and so does what needs no copy', () => {
    fc.assert(
      fc.property(plan, ({ kinds, links }) => {
        const nodes = kinds.map((kind): unknown => FRESH[kind]());
        for (const [from, field, to] of links) link(nodes[from], field, nodes[to]);
        const contents = nodes.map((node) => [...within(node)]);
        const [root] = nodes;
        const twins = new Map<unknown, unknown>();
        const walk = (given: unknown, masked: unknown): void => {
          if (twins.has(given)) return expect(twins.get(given)).toBe(masked);
          twins.set(given, masked);
          expect(Object.getPrototypeOf(masked)).toBe(Object.getPrototypeOf(given));
          const inner = within(masked);
          within(given).forEach(([key, value], at) => {
            expect(inner[at]?.[0]).toBe(key);
            if (isNamed(key)) expect(inner[at]?.[1]).toBe(HIDDEN);
            else walk(value, inner[at]?.[1]);
          });
          expect(inner).toHaveLength(within(given).length);
        };
        walk(root, maskedCopy(root, rules));
        const reaches = (node: unknown, met: Set<unknown>): boolean => {
          if (met.has(node)) return false;
          met.add(node);
          return within(node).some(([key, value]) => isNamed(key) || reaches(value, met));
        };
        for (const [given, masked] of twins) {
          expect(masked === given).toBe(!reaches(given, new Set()));
        }
        nodes.forEach((node, at) => {
          const now = within(node);
          expect(now).toHaveLength(contents[at]?.length ?? -1);
          contents[at]?.forEach(([key, value], place) => {
            expect(now[place]?.[0]).toBe(key);
            expect(now[place]?.[1]).toBe(value);
          });
        });
      }),
      { numRuns: 500 },
    );
  });
});
