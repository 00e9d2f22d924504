/** Laws of the normal form: every spelling of a path is decided on alike, and none climbs out of anything. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { normalPath, readTarget } from './request-path.ts';
import { matches, parsePattern } from '../routes/path-pattern.ts';
import { RouteTable } from '../routes/route-table.ts';

const unreserved = fc.constantFrom(...'abzAZ09-._~');
const kept = fc.constantFrom(
  ..."!$&'()*+,;=:@",
  '%2F',
  '%5C',
  '%20',
  '%C3%A9',
  '%25',
  '%252F',
  '%3B',
);
/** A segment of a path in normal form. */
const segment = fc
  .array(fc.oneof({ weight: 3, arbitrary: unreserved }, kept), { minLength: 1, maxLength: 6 })
  .map((parts) => parts.join(''))
  .filter((text) => text !== '.' && text !== '..');
const path = fc
  .tuple(fc.array(segment, { maxLength: 4 }), fc.boolean())
  .map(([segments, slash]) => `/${segments.join('/')}${slash && segments.length ? '/' : ''}`);

/** Another spelling of the same path. */
const respelled = (of: string): fc.Arbitrary<string> =>
  fc
    .array(fc.integer({ min: 0, max: 9 }), { minLength: of.length, maxLength: of.length })
    .map((how) => {
      let text = '';
      for (let at = 0; at < of.length; at++) {
        const letter = of.charAt(at);
        const escape = /^%[0-9A-F]{2}/.exec(of.slice(at))?.[0];
        if (escape) {
          text += how[at] === 0 ? escape.toLowerCase() : escape;
          at += 2;
        } else if (letter === '/') {
          text += ['/', '//', '/./', '/x/../', '/%2e/', '/y/%2E%2e/', '///'][how[at] ?? 0] ?? '/';
        } else if (how[at] === 0 && /[\w\-.~]/.test(letter)) {
          text += `%${letter.charCodeAt(0).toString(16).padStart(2, '0')}`;
        } else text += letter;
      }
      return text;
    });

const spellings = path.chain((of) => fc.tuple(fc.constant(of), respelled(of)));

describe('the normal form', () => {
  test('is the same for every spelling', () => {
    fc.assert(
      fc.property(spellings, ([normal, spelled]) => {
        expect(normalPath(normal)).toBe(normal);
        expect(normalPath(spelled)).toBe(normal);
      }),
      { numRuns: 500 },
    );
  });

  test('of anything is there or not, begins with one slash, and is its own', () => {
    const anything = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 30 }),
      fc
        .array(
          fc.constantFrom(
            '/',
            '.',
            '..',
            '%',
            '%2',
            '%2e',
            '%2F',
            '%00',
            '%5c',
            '\\',
            'a',
            ' ',
            '?',
            '#',
            '\0',
          ),
        )
        .map((parts) => `/${parts.join('')}`),
    );
    fc.assert(
      fc.property(anything, (raw) => {
        const normal = normalPath(raw);
        if (normal === undefined) return;
        expect(normal).toMatch(/^\/(?!\/)/);
        expect(normalPath(normal)).toBe(normal);
        const segments = normal.slice(1).split('/');
        expect(segments.some((one) => one === '.' || one === '..')).toBe(false);
        expect(segments.slice(0, -1)).not.toContain('');
        // What is still escaped has to be, and is not made a dot by being unescaped once.
        expect(normal).not.toMatch(/%(?:2[DEde]|5[Ff]|7[Ee]|3\d|[46][1-9A-Fa-f]|[57][0-9Aa])/);
        expect(normal).not.toMatch(/[\\ ?#\0]/);
      }),
      { numRuns: 1000 },
    );
  });

  test('never leaves the folder that its segments without dots name', () => {
    fc.assert(
      fc.property(spellings, ([normal, spelled]) => {
        const climbing = `/public${spelled}/../../..${'/..'.repeat(normal.split('/').length)}/etc`;
        expect(normalPath(climbing)).toBeUndefined();
      }),
    );
  });

  test('is what guards and routes decide on, so that they agree about every spelling', () => {
    const pattern = fc
      .array(
        fc.oneof(
          segment.filter((text) => !text.includes('*') && !text.startsWith(':')),
          fc.constant(':p'),
        ),
        {
          maxLength: 3,
        },
      )
      .map((parts) => `/${parts.map((part, at) => (part === ':p' ? `:p${at}` : part)).join('/')}`);
    fc.assert(
      fc.property(spellings, pattern, ([normal, spelled], source) => {
        const decided = (text: string) => {
          const target = readTarget(text);
          const found =
            target &&
            new RouteTable([{ name: 'r', path: source }]).find({
              method: 'GET',
              path: target.path,
              host: '',
            });
          const guard =
            target && matches(parsePattern(`${source === '/' ? '' : source}/*`), target.path);
          return [found?.params, guard];
        };
        expect(decided(spelled)).toEqual(decided(normal));
        // Whatever a route answers, the guard at its path has seen.
        const [params, guard] = decided(normal);
        if (params) expect(guard).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

describe('the query', () => {
  test('is apart from the path, whatever is in either', () => {
    const query = fc.string({ unit: fc.constantFrom(...'ab=&%/?.+;:@[]'), maxLength: 20 });
    fc.assert(
      fc.property(spellings, query, ([normal, spelled], search) => {
        expect(readTarget(`${spelled}?${search}`)).toEqual({ path: normal, search: `?${search}` });
        expect(readTarget(`http://host:80${spelled}?${search}`)?.path).toBe(normal);
      }),
    );
  });

  test('that the platform writes is read as it was meant, and any other does not throw', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }))),
        (pairs) => {
          const search = `?${new URLSearchParams(pairs).toString()}`;
          const target = readTarget(`/a${search}`);
          expect([...new URLSearchParams(target?.search)]).toEqual(pairs);
        },
      ),
    );
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'a%2=&+é\ud800'), maxLength: 20 }),
        (text) => {
          for (const [name, value] of new URLSearchParams(`?${text}`)) {
            expect([typeof name, typeof value]).toEqual(['string', 'string']);
          }
        },
      ),
    );
  });
});
