/** Tests of the options of plugins: checked, completed, typed. */
import { describe, expect, expectTypeOf, test } from 'vitest';
import type { OptionsOf } from './option-schema.ts';
import { definePlugin, type PluginServices } from './plugin.ts';
import { completeOptions } from './plugin-options.ts';

const schema = {
  text: { type: 'string', required: true, description: '' },
  count: { type: 'number', default: 3, min: 1, description: '' },
  flag: { type: 'boolean', default: false, description: '' },
  list: { type: 'string[]', min: 1, description: '' },
  keys: { type: 'record', secret: true, min: 1, description: '' },
  any: { type: 'json', description: '' },
  word: { type: 'string', choices: ['one', 'two'], default: 'one', description: '' },
  words: { type: 'string[]', choices: ['one', 'two'], description: '' },
} as const;

describe('options', () => {
  test('are completed with their defaults, and no more', () => {
    expect(completeOptions('p', schema, { text: 'x' })).toEqual({
      text: 'x',
      count: 3,
      flag: false,
      word: 'one',
    });
    expect(
      completeOptions('p', schema, {
        text: '',
        count: 1,
        flag: true,
        list: ['a'],
        keys: { a: 'b' },
        words: ['two'],
      }),
    ).toEqual({
      text: '',
      count: 1,
      flag: true,
      list: ['a'],
      keys: { a: 'b' },
      word: 'one',
      words: ['two'],
    });
  });

  test.each([
    [{}, 'Expected `p.text` to be a text, got `undefined` (undefined).'],
    [{ text: 1 }, 'Expected `p.text` to be a text, got `1` (number).'],
    [{ text: 'x', cuont: 1 }, 'Unknown option `cuont` of p. Did you mean'],
    [{ text: 'x', count: 0 }, 'Expected `p.count` to be a number, 1 or more, got `0` (number).'],
    [{ text: 'x', count: Number.NaN }, 'Expected `p.count` to be a number, got `NaN` (number).'],
    [{ text: 'x', flag: 'yes' }, 'Expected `p.flag` to be true or false, got `yes` (string).'],
    [{ text: 'x', list: 'a' }, 'Expected `p.list` to be a list of texts, got `a` (string).'],
    [
      { text: 'x', list: [] },
      'Expected `p.list` to be a list of texts, 1 or more of them, got `[0 items]` (array).',
    ],
    [{ text: 'x', list: [1] }, 'Expected `p.list` to be a list of texts, got `[1 items]` (array).'],
    [
      { text: 'x', word: 'three' },
      'Expected `p.word` to be one of one, two, got `three` (string).',
    ],
    [
      { text: 'x', words: ['one', 'three'] },
      'Expected `p.words` to be one of one, two, got `three` (string).',
    ],
    [{ text: 'x', keys: {} }, 'Expected `p.keys` to be texts by name, 1 or more of them, got `'],
  ])('%j are refused with a sentence', (given, message) => {
    expect(() => completeOptions('p', schema, given)).toThrow(message);
  });

  test('of any form are those that JSON can hold', () => {
    for (const any of [1, 'a', null, [1, { a: [null] }], { a: { b: false } }]) {
      if (any !== null) expect(completeOptions('p', schema, { text: '', any })['any']).toBe(any);
    }
    for (const any of [() => {}, [Symbol('a')], { a: 1n }, { a: { b: NaN } }]) {
      expect(() => completeOptions('p', schema, { text: '', any })).toThrow(
        'Expected `p.any` to be anything that JSON can hold',
      );
    }
  });

  test('that the maker refuses are told under the name of the plugin, once', () => {
    const refusing = (message: string) =>
      definePlugin({
        name: 'mine',
        description: '',
        options: {},
        create() {
          throw new RangeError(message);
        },
      });
    const create = (message: string) => () => refusing(message).create({}, {} as PluginServices);
    expect(create('Expected `a` to be b.')).toThrow('Expected `mine.a` to be b.');
    expect(create('Expected `mine.a` to be b.')).toThrow('Expected `mine.a` to be b.');
    expect(create('No.')).toThrow('No.');
  });

  test('that are secret are in no message', () => {
    for (const keys of ['hunter2', { a: 1, hunter2: 'x' }, ['hunter2'], 7]) {
      expect(() => completeOptions('p', schema, { text: 'x', keys })).toThrow(
        /^(?!.*hunter2).*p\.keys/,
      );
    }
  });

  test('have the types that the schema says', () => {
    expectTypeOf<OptionsOf<typeof schema>>().toEqualTypeOf<
      {
        readonly text: string;
        readonly count: number;
        readonly flag: boolean;
        readonly word: 'one' | 'two';
      } & {
        readonly list?: readonly string[];
        readonly keys?: Readonly<Record<string, string>>;
        readonly words?: readonly string[];
        readonly any?: unknown;
      }
    >();
    const plugin = definePlugin({
      name: 'p',
      description: '',
      options: schema,
      create(options) {
        expectTypeOf(options.word).toEqualTypeOf<'one' | 'two'>();
        expectTypeOf(options.list).toEqualTypeOf<readonly string[] | undefined>();
        // @ts-expect-error there is no such option
        return { init: () => void options.other };
      },
    });
    expect(plugin.options).toBe(schema);
    expect(() => plugin.create({}, {} as PluginServices)).toThrow('`p.text`');
    expect(Object.keys(plugin.create({ text: 'x' }, {} as PluginServices))).toEqual(['init']);
  });
});
