/** sanitize and clean: what nobody types on purpose goes, and legal data survive whatever they look like. */
import { pipeline } from '@interpose/kernel';
import { middlewareContract } from '@interpose/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ValidationError } from '../boundary/errors.ts';
import { clean, cleanText } from './clean.ts';
import { sanitize } from './sanitize.ts';

const parse = (json: string): unknown => JSON.parse(json) as unknown;

describe('texts', () => {
  test.each([
    ['white space at the ends', '  tea \n', 'tea'],
    ['two forms of one character', 'Cafe\u0301', 'Café'],
    ['control characters', 'a\u0000b\u001bc\u007fd\u0085e', 'abcde'],
    ['a control character that hides white space', '\u0000 tea \u0000', 'tea'],
    ['a control character that keeps two parts of one letter apart', 'e\u0000\u0301', 'é'],
  ])('M-135 %s', (_, given, wanted) => {
    expect(cleanText(given)).toBe(wanted);
  });

  test.each([
    `<script>alert("x")</script>`,
    `O'Brien & Sons <info@example.com>`,
    `'; DROP TABLE users; --`,
    '../../etc/passwd',
    'a\tb\r\nc',
    '%3Cscript%3E &amp; &lt;',
    '👩‍👩‍👧‍👦 🏳️‍🌈',
    'עברית \u202bעם כיוון\u202c ועוד',
    'ﷺ ﬁ ½ ²',
    'नमस्ते 한국어 ไทย',
    'a\u00adb\u200bc\u200dd\u2028e',
    '__proto__',
    '\ud800',
    '',
  ])('M-135 leaves alone the legal text %j', (text) => {
    expect(cleanText(text)).toBe(text);
    expect(clean({ text, list: [text] })).toEqual({ text, list: [text] });
  });

  test('M-135 property: legal texts survive as they are, at any depth', () => {
    const legal = fc
      .string({ unit: 'binary', maxLength: 30 })
      .filter((text) => !/(?![\t\n\r])\p{Cc}/u.test(text))
      .map((text) => text.normalize('NFC').trim());
    fc.assert(
      fc.property(legal, legal, (key, text) => {
        const data = { [`k${key}`]: [text, { deep: text }], number: 1, nothing: null };
        expect(cleanText(text)).toBe(text);
        expect(clean(data)).toBe(data);
      }),
      { numRuns: 500 },
    );
  });

  test('M-135 property: to clean again changes nothing, and nothing is left that should go', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const once = cleanText(text);
        expect(cleanText(once)).toBe(once);
        expect(once).not.toMatch(/(?![\t\n\r])\p{Cc}/u);
        expect(once).toBe(once.trim());
        expect(once.normalize('NFC')).toBe(once);
        // Only white space at the ends and controls are gone.
        expect([...once].length).toBeLessThanOrEqual([...text.normalize('NFD')].length);
      }),
      { numRuns: 500 },
    );
  });

  test('each rule can be left out', () => {
    const text = ' e\u0301\u0007 ';
    expect(cleanText(text, { trim: false })).toBe(' \u00e9 ');
    expect(cleanText(text, { normalise: false })).toBe('e\u0301');
    expect(cleanText(text, { stripControls: false })).toBe('\u00e9\u0007');
  });
});

describe('data', () => {
  test('M-135 keys that could reach a prototype are taken out at any depth', () => {
    const given = parse(
      '{"a":1,"__proto__":{"admin":true},"b":[{"constructor":{"prototype":{"admin":true}}}],"c":{"prototype":{"x":1}}}',
    );
    const cleaned = clean(given);
    expect(cleaned).toStrictEqual({ a: 1, b: [{}], c: {} });
    expect(Object.getPrototypeOf(cleaned)).toBe(Object.prototype);
    expect((cleaned as Record<string, unknown>)['admin']).toBeUndefined();
  });

  test('M-135 a field that only bears such a name, with a plain value, is legal', () => {
    const car = { constructor: 'Ferrari', prototype: 'P4/5', year: 2006 };
    expect(clean(car)).toBe(car);
    expect(clean({ __proto__: null, constructor: ' Lotus ' })).toMatchObject({
      constructor: 'Lotus',
    });
  });

  test('property: whatever is merged with the outcome, no prototype changes', () => {
    const key = fc.constantFrom('__proto__', 'constructor', 'prototype', 'a');
    const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
      tree: fc.oneof(
        { depthSize: 'medium', withCrossShrink: true },
        fc.constant('polluted'),
        fc.array(tie('tree'), { maxLength: 2 }),
        fc
          .array(fc.tuple(key, tie('tree')), { maxLength: 3 })
          .map(
            (pairs) =>
              `{${pairs.map(([name, value]) => `"${name}":${JSON.stringify(value)}`).join(',')}}`,
          )
          .map(parse),
      ),
    }));
    const merge = (to: Record<string, unknown>, from: unknown): unknown => {
      if (typeof from !== 'object' || from === null) return from;
      for (const name of Object.keys(from)) {
        const inner: unknown = to[name];
        const whole = (typeof inner === 'object' && inner !== null) || typeof inner === 'function';
        to[name] = merge(whole ? (inner as Record<string, unknown>) : {}, from[name as never]);
      }
      return to;
    };
    fc.assert(
      fc.property(tree, (given) => {
        merge({}, clean(given));
        expect(({} as Record<string, unknown>)['a']).toBeUndefined();
        expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
        expect(Object.keys(Object.prototype)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test('on request such a key is refused, by its name', () => {
    const rules = { onForbiddenKey: 'refuse' } as const;
    expect(() => clean(parse('{"x":{"__proto__":1}}'), rules)).toThrow(ValidationError);
    expect(() => clean(parse('{"x":{"__proto__":1}}'), rules)).toThrow(
      'Invalid input at __proto__: a field must not have this name',
    );
    expect(clean({ x: 1 }, rules)).toEqual({ x: 1 });
  });

  test('the caller keeps its own object, and what has nothing to clean is the same object', () => {
    const dirty = { name: ' Ada ', kept: { deep: [1] } };
    const cleaned = clean(dirty);
    expect(dirty.name).toBe(' Ada ');
    expect(cleaned).toEqual({ name: 'Ada', kept: { deep: [1] } });
    expect(cleaned.kept).toBe(dirty.kept);
  });

  test('what is no plain data stays what it is', () => {
    class Money {
      readonly text = ' 5 ';
    }
    const given = {
      money: new Money(),
      date: new Date(0),
      bytes: new Uint8Array([32, 0]),
      map: new Map([[' k ', ' v ']]),
      pattern: / x /,
      run: () => ' y ',
      big: 5n,
    };
    expect(clean(given)).toBe(given);
  });

  test('an object without a prototype stays one, and symbols stay', () => {
    const mark = Symbol('mark');
    const given = Object.assign(Object.create(null) as object, { name: ' a ', [mark]: ' b ' });
    const cleaned = clean(given) as Record<PropertyKey, unknown>;
    expect(Object.getPrototypeOf(cleaned)).toBeNull();
    expect([cleaned['name'], cleaned[mark]]).toEqual(['a', ' b ']);
  });

  test('rules by the name of a field hold at any depth', () => {
    const given = {
      user: { password: ' p\u0000 ', bio: ' b\u0000 ', tags: [' t '], raw: [' r '] },
      bio: ' c ',
    };
    const fields = {
      password: 'keep',
      bio: { trim: false },
      tags: (value: unknown) => [value, 'more'],
      raw: { trim: false },
    } as const;
    expect(clean(given, { fields })).toEqual({
      user: { password: ' p\u0000 ', bio: ' b ', tags: [[' t '], 'more'], raw: [' r '] },
      bio: ' c ',
    });
  });

  test('what is shared stays shared, and costs its work once', () => {
    let level: unknown = { text: ' x ' };
    for (let depth = 0; depth < 60; depth++) level = [level, level];
    const cleaned = clean({ level }) as { readonly level: readonly unknown[] };
    expect(cleaned.level[0]).toBe(cleaned.level[1]);
  });

  test('what is too deep or in a circle is refused and overflows nothing', () => {
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    expect(() => clean(circle)).toThrow('deeper than 100 levels, or in a circle');
    expect(() => clean(parse(`${'['.repeat(5000)}${']'.repeat(5000)}`))).toThrow(ValidationError);
    expect(() => clean([[[]]], { maxDepth: 2 })).toThrow(ValidationError);
    expect(clean([[[]]], { maxDepth: 3 })).toEqual([[[]]]);
  });
});

describe('sanitize', () => {
  test('M-135 hands on the clean input and leaves the caller its own', () => {
    const serve = pipeline<{ readonly input: { readonly name: string } }, string>()
      .use(sanitize())
      .handle((ctx) => ctx.input.name);
    const ctx = { input: { name: ' Ada ' } };
    expect(serve(ctx)).toBe('Ada');
    expect(ctx).toEqual({ input: { name: ' Ada ' } });
  });

  test('M-135 cleans what a function is called with', () => {
    const serve = pipeline<{ readonly args: readonly unknown[] }, unknown>()
      .use(sanitize({ key: 'args' }))
      .handle((ctx) => ctx.args);
    expect(serve({ args: [' a ', 1, { b: 'c ' }] })).toEqual(['a', 1, { b: 'c' }]);
  });

  test('a rule that throws lets nothing pass', () => {
    const fault = new Error('rule');
    const serve = pipeline<{ readonly input: unknown }, unknown>()
      .use(
        sanitize({
          fields: {
            a: () => {
              throw fault;
            },
          },
        }),
      )
      .handle(() => 0);
    expect(() => serve({ input: { a: 1 } })).toThrow(fault);
  });

  test('options that are wrong are refused in a sentence', () => {
    expect(() => sanitize({ trim: 1 } as never)).toThrow('Expected `trim` to be true or false');
    expect(() => sanitize({ trimm: true } as never)).toThrow('Did you mean "trim"?');
    expect(() => sanitize({ fields: 5 } as never)).toThrow('Expected `fields` to be rules');
    expect(() => sanitize({ fields: { a: 'drop' } } as never)).toThrow(
      `rules, 'keep' or a function`,
    );
    expect(() => sanitize({ fields: { a: { trim: 'no' } } } as never)).toThrow(TypeError);
    expect(() => sanitize({ fields: { a: { maxDepth: 1 } } } as never)).toThrow(
      'Unknown option `maxDepth`',
    );
    expect(() => sanitize({ onForbiddenKey: 'ignore' } as never)).toThrow(`'drop' or 'refuse'`);
    expect(() => sanitize({ maxDepth: 0 })).toThrow(RangeError);
    expect(() => sanitize({ key: 5 } as never)).toThrow('the name of a property');
  });

  describe('the laws of middleware', () => {
    const laws = middlewareContract(() => sanitize(), { sync: true });
    test.each(laws.map((law) => [law.name, law.check] as const))('%s', async (_, check) => check());
  });
});
