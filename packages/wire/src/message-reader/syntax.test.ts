/** The tables of characters, against the grammar as it is written in the standards. */
import { expect, test } from 'vitest';
import {
  HEX,
  isTargetText,
  isToken,
  isTokenText,
  isValueText,
  TARGET,
  TOKEN,
  VALUE,
} from './syntax.ts';

const codes = Array.from({ length: 256 }, (_, code) => code);
const marked = (table: Readonly<Uint8Array>): number[] => codes.filter((code) => table[code]);
const range = (from: number, to: number): number[] =>
  codes.filter((code) => code >= from && code <= to);

test('a token has letters, digits and fifteen other characters', () => {
  const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
  const all = `!#$%&'*+-.^_\`|~0123456789${letters}`;
  const expected = Array.from(all, (one) => one.charCodeAt(0));
  expect(new Set(marked(TOKEN))).toEqual(new Set(expected));
  expect(marked(TOKEN)).toHaveLength(77);
});

test('a value has tab, space, what is visible, and the upper half', () => {
  expect(marked(VALUE)).toEqual([9, ...range(0x20, 0x7e), ...range(0x80, 0xff)]);
});

test('a target has what is visible, but for the mark of a fragment', () => {
  expect(marked(TARGET)).toEqual(range(0x21, 0x7e).filter((code) => code !== 0x23));
});

test('no other code is in any table', () => {
  for (const code of [-1, 256, 0x10d, 0x2028, Number.NaN]) {
    expect([TOKEN[code], VALUE[code], TARGET[code]]).toEqual([undefined, undefined, undefined]);
  }
});

test('hexadecimal digits have their values, and nothing else has one', () => {
  for (const code of codes) {
    const character = String.fromCharCode(code);
    const value = '0123456789abcdef'.indexOf(character.toLowerCase());
    expect([character, HEX[code]]).toEqual([character, value < 0 ? 255 : value]);
  }
});

test('the case of a token makes no difference, all else does', () => {
  expect(isToken('Content-LENGTH', 0, 'content-length')).toBe(true);
  expect(isToken('xHost: a', 1, 'host')).toBe(true);
  for (const other of ['hosu', 'hos', 'h\xf3st', '\u{212a}ost', 'ho t']) {
    expect(isToken(other, 0, 'host')).toBe(false);
  }
  expect(isToken('content\rlength', 0, 'content-length')).toBe(false);
  expect([isToken('A_B', 0, 'a_b'), isToken('A^', 0, 'a^')]).toEqual([true, true]);
  expect([isToken('A\x7fB', 0, 'a_b'), isToken('A^', 0, 'a~')]).toEqual([false, false]);
});

test('texts of each kind', () => {
  expect([isTokenText('a-b'), isTokenText(''), isTokenText('a b')]).toEqual([true, false, false]);
  expect([isValueText(''), isValueText('a\t\xff'), isValueText('\n')]).toEqual([true, true, false]);
  expect([isTargetText('/a'), isTargetText(''), isTargetText('/#')]).toEqual([true, false, false]);
  expect([isValueText(5 as never), isTargetText(5 as never)]).toEqual([false, false]);
});
