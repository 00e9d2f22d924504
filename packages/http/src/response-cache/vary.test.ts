/** Tests of Vary. */
import { describe, expect, test } from 'vitest';
import { HeaderList } from '../context/headers.ts';
import { isChosen, isSameSelection, selectionOf, varyNames } from './vary.ts';

const headers = (...raw: string[]): HeaderList => HeaderList.fromRaw(raw);
const namesOf = (...values: string[]) => varyNames(headers(...values.flatMap((v) => ['Vary', v])));

describe('varyNames', () => {
  test('gives each name once, in lower case, in one order', () => {
    expect(namesOf('Foo, BAR,, foo', 'Baz')).toEqual(['bar', 'baz', 'foo']);
    expect(namesOf()).toEqual([]);
    expect(namesOf(' , ')).toEqual([]);
  });

  test.each([['*'], ['*, Foo'], ['Foo,*'], [', *'], ['', '*'], ['Foo bar'], ['"x"']])(
    '%j is chosen by no other request',
    (...values) => {
      expect(namesOf(...values)).toBeUndefined();
    },
  );

  test('does not take more names than 16', () => {
    const names = (count: number) => Array.from({ length: count }, (_, at) => `n${at}`).join();
    expect(namesOf(names(16))).toHaveLength(16);
    expect(namesOf(names(17))).toBeUndefined();
  });
});

describe('isChosen', () => {
  const chosen = (name: string, one: readonly string[], other: readonly string[]): boolean => {
    const lines = (values: readonly string[]) => headers(...values.flatMap((v) => [name, v]));
    return isChosen(selectionOf([name.toLowerCase()], lines(one)), lines(other));
  };

  test.each<[string, string[], string[]]>([
    ['Foo', ['1'], ['1']],
    ['Foo', [], []],
    ['Foo', ['1,2'], ['1', '2']],
    ['Foo', ['1,2'], [' 1 ,\t2 ']],
    ['Accept-Language', ['en, de'], ['EN,De']],
    ['Accept-Encoding', ['gzip'], ['GZIP']],
  ])('%s: %j chooses what %j chose', (name, one, other) => {
    expect(chosen(name, one, other)).toBe(true);
  });

  test.each<[string, string[], string[]]>([
    ['Foo', ['1'], ['2']],
    ['Foo', ['1'], []],
    ['Foo', [], ['1']],
    ['Foo', [''], []],
    ['Foo', ['a'], ['A']],
    ['Foo', ['"a, b"'], ['"a,b"']],
    ['Foo', ['"\\", b"'], ['"\\",b"']],
    ['Foo', ['1, 2'], ['2, 1']],
    ['Accept-Language', ['en, de'], ['de, en']],
  ])('%s: %j does not choose what %j chose', (name, one, other) => {
    expect(chosen(name, one, other)).toBe(false);
  });

  test('selections are the same if their fields and values are', () => {
    const one = selectionOf(['foo'], headers('Foo', '1'));
    expect(isSameSelection(one, selectionOf(['foo'], headers('Foo', '1 ')))).toBe(true);
    expect(isSameSelection(one, selectionOf(['foo'], headers()))).toBe(false);
    expect(isSameSelection(one, selectionOf(['bar'], headers('Bar', '1')))).toBe(false);
    expect(isSameSelection(one, [])).toBe(false);
  });
});
