/** Tests of HeaderList. */
import { describe, expect, test } from 'vitest';
import { InvalidHeaderError } from '@interpose/wire';
import { HeaderLine, HeaderList } from './headers.ts';

describe('HeaderList', () => {
  test('finds names in any case and keeps their spelling', () => {
    const headers = HeaderList.fromRaw(['X-Request-Id', '1', 'ACCEPT', 'a']);
    expect(headers.get('x-request-ID')).toBe('1');
    expect(headers.has('accept')).toBe(true);
    expect(headers.has('missing')).toBe(false);
    expect(headers.get('missing')).toBeUndefined();
    expect(headers.toRaw()).toEqual(['X-Request-Id', '1', 'ACCEPT', 'a']);
  });

  test('joins repeated values, so that a second one is never overlooked', () => {
    const headers = HeaderList.fromRaw([
      'X-Api-Key',
      'a',
      'Cookie',
      'x=1',
      'x-api-key',
      'b',
      'cookie',
      'y=2',
    ]);
    expect(headers.get('x-api-key')).toBe('a, b');
    expect(headers.get('cookie')).toBe('x=1; y=2');
    expect(headers.getAll('X-API-Key')).toEqual(['a', 'b']);
  });

  test('keeps Set-Cookie lines apart', () => {
    const headers = new HeaderList();
    headers.append('Set-Cookie', 'a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT');
    headers.append('set-cookie', 'b=2');
    expect(headers.getAll('set-cookie')).toEqual([
      'a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT',
      'b=2',
    ]);
    expect(headers.get('set-cookie')).toBe('a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT');
    expect(headers.toRaw()).toHaveLength(4);
  });

  test('set replaces every value and stays in place', () => {
    const headers = HeaderList.fromRaw(['A', '1', 'B', '2', 'a', '3']);
    headers.set('a', 4);
    expect(headers.toRaw()).toEqual(['a', '4', 'B', '2']);
    headers.set('C', '5');
    expect(headers.toRaw()).toEqual(['a', '4', 'B', '2', 'C', '5']);
  });

  test('delete tells whether there was something, and takes all of it', () => {
    const headers = HeaderList.fromRaw(['A', '1', 'a', '2', 'a', '3', 'B', '4']);
    expect(headers.delete('A')).toBe(true);
    expect(headers.delete('A')).toBe(false);
    expect(headers.toRaw()).toEqual(['B', '4']);
  });

  test('appendItem adds to a list once, and not to a list of everything', () => {
    const headers = new HeaderList();
    headers.appendItem('Vary', 'Origin');
    headers.appendItem('Vary', 'accept');
    headers.appendItem('Vary', 'ORIGIN');
    expect(headers.get('vary')).toBe('Origin, accept');
    headers.set('Vary', '*');
    headers.appendItem('Vary', 'Origin');
    expect(headers.get('vary')).toBe('*');
  });

  test.each(['a\r\nSet-Cookie: x=1', 'a\nb', 'a\rb', 'a\0b', '\u0001', '\u0100', '\u007f'])(
    'refuses a value that could split the message: %j',
    (value) => {
      const headers = new HeaderList();
      expect(() => headers.set('X-A', value)).toThrow(InvalidHeaderError);
      expect(() => headers.append('X-A', value)).toThrow(InvalidHeaderError);
      expect(headers.toRaw()).toEqual([]);
    },
  );

  test.each(['', 'a b', 'a:', 'a\r\n', 'ä', 'a\0'])('refuses the name %j', (name) => {
    const headers = new HeaderList();
    expect(() => headers.set(name, 'v')).toThrow('Expected the name to be a token');
    expect(() => headers.append(name, 'v')).toThrow(InvalidHeaderError);
  });

  test('takes tabs and Latin-1, which may be in a value', () => {
    const headers = new HeaderList();
    headers.set('X-A', 'a\tb \u00e9');
    expect(headers.get('x-a')).toBe('a\tb \u00e9');
  });

  test('gives pairs in lower case', () => {
    expect([...HeaderList.fromRaw(['A', '1', 'b', '2', 'a', '3'])]).toEqual([
      ['a', '1'],
      ['b', '2'],
      ['a', '3'],
    ]);
  });
});

describe('HeaderLine', () => {
  test('is put in the place of every value, or added where there is none', () => {
    const headers = HeaderList.fromRaw(['VARY', 'a', 'B', '2', 'vary', 'b']);
    headers.setLine(new HeaderLine('Vary', 'Origin'));
    expect(headers.toRaw()).toEqual(['Vary', 'Origin', 'B', '2']);
    headers.addLine(new HeaderLine('b', 3));
    headers.addLine(new HeaderLine('C', 4));
    expect(headers.toRaw()).toEqual(['Vary', 'Origin', 'B', '2', 'C', '4']);
  });

  test('changes nothing in what a parser gave', () => {
    const raw = ['A', '1'];
    const headers = HeaderList.fromRaw(raw);
    headers.setLine(new HeaderLine('a', '2'));
    headers.addLine(new HeaderLine('b', '3'));
    expect(raw).toEqual(['A', '1']);
  });

  test.each([
    ['a b', 'v'],
    ['', 'v'],
    ['X-A', 'a\r\nb'],
    ['X-A', '\u0100'],
  ])('refuses %j: %j', (name, value) => {
    expect(() => new HeaderLine(name, value)).toThrow(InvalidHeaderError);
  });
});

test('more names than are remembered are found and checked all the same', () => {
  const headers = new HeaderList();
  for (let at = 0; at < 1500; at++) headers.append(`X-Name-${at}`, at);
  for (const at of [0, 999, 1000, 1499]) expect(headers.get(`x-NAME-${at}`)).toBe(String(at));
  expect(headers.get('x-name-1500')).toBeUndefined();
  expect(() => headers.set('X Name', '1')).toThrow(InvalidHeaderError);
  const long = `X-${'a'.repeat(100)}`;
  headers.set(long, '1');
  expect(headers.get(long.toUpperCase())).toBe('1');
});

describe('lines that replace others', () => {
  const listOf = (...lines: readonly string[]): HeaderList => HeaderList.fromRaw(lines);

  test('stand behind those of other names, all lines of a name together', () => {
    const list = listOf('X-Id', '1', 'Set-Cookie', 'a=1', 'VARY', 'Origin', 'set-cookie', 'b=2');
    list.replaceBy(listOf('Set-Cookie', 'c=3', 'Set-Cookie', 'd=4', 'Vary', '*'));
    expect([...list]).toEqual([
      ['x-id', '1'],
      ['set-cookie', 'c=3'],
      ['set-cookie', 'd=4'],
      ['vary', '*'],
    ]);
  });

  test('are no longer shared once one of the two changes', () => {
    const list = new HeaderList();
    const other = listOf('A', '1');
    other.set('B', '2');
    list.replaceBy(other);
    list.set('A', 'mine');
    other.set('B', 'theirs');
    expect(list.toRaw()).toEqual(['A', 'mine', 'B', '2']);
    expect(other.toRaw()).toEqual(['A', '1', 'B', 'theirs']);
  });
});
