/** Tests of what clients would like to get. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { accepts, acceptsEncoding, acceptsLanguage, parseAccept } from './accept.ts';
import { HeaderList } from './headers.ts';

const asking = (name: string, value: string | undefined) => ({
  headers: HeaderList.fromRaw(value === undefined ? [] : [name, value]),
});

const weight = fc.nat({ max: 1000 }).map((thousandths) => thousandths / 1000);
const name = fc.constantFrom(
  'text/html',
  'text/plain',
  'application/json',
  'image/png',
  'text/*',
  '*/*',
);
const offers = fc.uniqueArray(
  fc.constantFrom('text/html', 'text/plain', 'application/json', 'image/png'),
  { minLength: 1 },
);

describe('parseAccept', () => {
  test('reads what is written', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ name, q: weight })),
        fc.constantFrom(',', ', ', ' ,\t'),
        (wishes, comma) => {
          const header = wishes.map((wish) => `${wish.name};q=${wish.q.toFixed(3)}`).join(comma);
          expect(parseAccept(header)).toEqual(wishes);
        },
      ),
    );
  });

  test('never fails, and never gives a weight that is none', () => {
    fc.assert(
      fc.property(fc.string(), (header) => {
        for (const { q } of parseAccept(header)) expect(q >= 0 && q <= 1).toBe(true);
      }),
    );
  });

  test.each([
    ['a/b;q=2', []],
    ['a/b;q=-1', []],
    ['a/b;q=0.1234', []],
    ['a/b;q=x', []],
    [', ,', []],
    ['a/b; Q=0.5', [{ name: 'a/b', q: 0.5 }]],
    ['A/B;Level=1;q=0.5;ext=1', [{ name: 'a/b;level=1', q: 0.5 }]],
    ['a/b;x="1,2;3";q=0.1', [{ name: 'a/b;x="1,2;3"', q: 0.1 }]],
  ])('%s', (header, wishes) => {
    expect(parseAccept(header)).toEqual(wishes);
  });
});

describe('accepts', () => {
  const JSON_OR_HTML = ['application/json', 'text/html'] as const;
  test.each([
    [undefined, 'application/json'],
    ['', 'application/json'],
    ['*/*', 'application/json'],
    ['text/html', 'text/html'],
    ['text/*', 'text/html'],
    ['text/html;q=0.5, application/json;q=0.4', 'text/html'],
    ['text/html, application/json', 'application/json'],
    ['*/*, application/json;q=0', 'text/html'],
    ['text/html;q=0, */*', 'application/json'],
    ['text/*;q=0, */*;q=0.1', 'application/json'],
    ['image/png', undefined],
    ['*/*;q=0', undefined],
    ['nonsense', undefined],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'text/html'],
  ])('%s: %s', (header, type) => {
    expect(accepts(asking('Accept', header), JSON_OR_HTML)).toBe(type);
  });

  test('the closest wish counts, as in the table of RFC 9110', () => {
    const header =
      'text/*;q=0.3, text/plain;q=0.7, text/plain;format=flowed, text/plain;format=fixed;q=0.4, */*;q=0.5';
    const weightOf = (offer: string): number => {
      // What is wanted at least so much wins against an offer of exactly that much.
      for (let q = 1000; q > 0; q--) {
        const probe = `${header}, x/probe;q=${(q / 1000).toFixed(3)}`;
        if (accepts(asking('Accept', probe), ['x/probe', offer]) === offer) return (q + 1) / 1000;
      }
      return 0;
    };
    const table = [
      'text/plain;format=flowed',
      'text/plain',
      'text/html',
      'image/jpeg',
      'text/plain;format=fixed',
      'text/html;level=3',
    ];
    expect(table.map(weightOf)).toEqual([1, 0.7, 0.3, 0.5, 0.4, 0.3]);
  });

  test('gives one of the offers or nothing, and one that no other is wanted more than', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ name, q: weight }), { minLength: 1 }),
        offers,
        (wishes, types) => {
          const header = wishes.map((wish) => `${wish.name};q=${wish.q.toFixed(3)}`).join(', ');
          const own = (type: string): number => {
            const group = `${type.split('/')[0]}/*`;
            for (const close of [type, group, '*/*']) {
              const fitting = wishes.filter((wish) => wish.name === close);
              if (fitting.length) return Math.max(...fitting.map(({ q }) => q));
            }
            return 0;
          };
          const found = accepts(asking('Accept', header), types);
          const most = Math.max(...types.map(own));
          expect(found).toBe(most > 0 ? types.find((type) => own(type) === most) : undefined);
        },
      ),
    );
  });
});

test.each([
  [undefined, 'en'],
  ['de', 'de-AT'],
  ['de-AT, en;q=0.9', 'de-AT'],
  ['fr, en;q=0.5', 'en'],
  ['fr', undefined],
  ['fr, *;q=0.1', 'en'],
  ['de-DE', undefined],
  ['en;q=0, *', 'de-AT'],
])('language %s: %s', (header, language) => {
  expect(acceptsLanguage(asking('Accept-Language', header), ['en', 'de-AT'])).toBe(language);
});

test.each([
  [undefined, 'identity'],
  ['', 'identity'],
  ['gzip', 'gzip'],
  ['br;q=0.5, gzip;q=0.4', 'br'],
  ['gzip;q=0', 'identity'],
  ['*', 'br'],
  ['deflate', 'identity'],
  ['identity;q=0', undefined],
  ['*;q=0', undefined],
  ['identity, *;q=0', 'identity'],
])('encoding %s: %s', (header, encoding) => {
  expect(acceptsEncoding(asking('Accept-Encoding', header), ['br', 'gzip'])).toBe(encoding);
});
