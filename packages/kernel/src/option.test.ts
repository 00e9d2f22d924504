/** Options: the sentence says what was expected, what came, and of what type. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  checkMs,
  checkNames,
  checkWhole,
  nearest,
  outOfRange,
  suggestion,
  unexpected,
} from './option.ts';

const caught = (act: () => unknown): unknown => {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
};

describe('the sentence', () => {
  test.each<[unknown, string]>([
    [-1, '`-1` (number)'],
    [Number.NaN, '`NaN` (number)'],
    ['five', '`five` (string)'],
    ['', '`` (string)'],
    ['x'.repeat(101), `\`${'x'.repeat(100)}…\` (string)`],
    ['two\nlines', '`two\\nlines` (string)'],
    [null, '`null` (null)'],
    [undefined, '`undefined` (undefined)'],
    [5n, '`5` (bigint)'],
    [Symbol('s'), '`Symbol(s)` (symbol)'],
    [true, '`true` (boolean)'],
    [[1, 2], '`[2 items]` (array)'],
    [{ a: 1, b: 2 }, '`{a, b}` (object)'],
    [{ password: 'p' }, '`{password}` (object)'],
    [Object.create(null), '`{}` (object)'],
    [function delay() {}, '`[function delay]` (function)'],
    [() => {}, '`[function ""]` (function)'],
  ])('shows %o', (got, shown) => {
    expect(unexpected('x', 'a thing', got).message).toBe(
      `Expected \`x\` to be a thing, got ${shown}.`,
    );
  });

  test('is a TypeError for another type, a RangeError for what is out of range', () => {
    expect(unexpected('x', 'y', 1)).toBeInstanceOf(TypeError);
    expect(outOfRange('x', 'y', 1)).toBeInstanceOf(RangeError);
    expect(outOfRange('x', 'a y', 1).message).toBe('Expected `x` to be a y, got `1` (number).');
  });

  test('does not say a secret', () => {
    expect(unexpected('apiKey', 'a text of 20 letters', 'hunter2').message).toBe(
      'Expected `apiKey` to be a text of 20 letters, got `[redacted]` (string).',
    );
    expect(unexpected('maxTokens', 'a number', [1]).message).toContain('`[1 items]` (array)');
  });
});

describe('checkWhole', () => {
  test('gives the value back', () => {
    expect(checkWhole('n', 0)).toBe(0);
    expect(checkWhole('n', 7, 7)).toBe(7);
    expect(checkWhole('n', Number.MAX_SAFE_INTEGER)).toBe(Number.MAX_SAFE_INTEGER);
  });

  test.each([-1, 0.5, Infinity, Number.NaN, 2 ** 53])('%d is out of range', (got) => {
    expect(caught(() => checkWhole('maxAttempts', got, 1))).toEqual(
      new RangeError(
        `Expected \`maxAttempts\` to be a whole number, 1 or more, got \`${got}\` (number).`,
      ),
    );
  });

  test.each(['3', null, undefined, 3n, {}])('%o is of another type', (got) => {
    const error = caught(() => checkWhole('n', got));
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).toMatch(/^Expected `n` to be a whole number, 0 or more, got /);
  });
});

describe('checkMs', () => {
  test('gives the value back', () => {
    expect(checkMs('afterMs', 0.5)).toBe(0.5);
    expect(checkMs('afterMs', 2 ** 40)).toBe(2 ** 40);
  });

  test.each([-0.1, Infinity, -Infinity, Number.NaN])('%d is out of range', (got) => {
    expect(caught(() => checkMs('afterMs', got))).toEqual(
      new RangeError(
        `Expected \`afterMs\` to be a number of milliseconds, 0 or more, got \`${got}\` (number).`,
      ),
    );
  });

  test('a text is of another type, and there may be another least', () => {
    expect(caught(() => checkMs('afterMs', '5s'))).toEqual(
      new TypeError(
        'Expected `afterMs` to be a number of milliseconds, 0 or more, got `5s` (string).',
      ),
    );
    expect(caught(() => checkMs('everyMs', 0, 1))).toEqual(
      new RangeError(
        'Expected `everyMs` to be a number of milliseconds, 1 or more, got `0` (number).',
      ),
    );
  });
});

describe('checkNames', () => {
  test('lets known names pass', () => {
    expect(checkNames('retry()', { maxAttempts: 1 }, ['maxAttempts', 'backoff'])).toBeUndefined();
    expect(checkNames('retry()', {}, [])).toBeUndefined();
  });

  test('names the unknown one, and the known one that is nearest to it', () => {
    expect(
      caught(() => checkNames('retry()', { maxAtempts: 1 }, ['maxAttempts', 'backoff'])),
    ).toEqual(new TypeError('Unknown option `maxAtempts` of retry(). Did you mean "maxAttempts"?'));
    expect(caught(() => checkNames('retry()', { colour: 1 }, ['maxAttempts', 'backoff']))).toEqual(
      new TypeError('Unknown option `colour` of retry(). There are: maxAttempts, backoff.'),
    );
    expect(caught(() => checkNames('x()', { a: 1 }, []))).toEqual(
      new TypeError('Unknown option `a` of x(). There are: none.'),
    );
  });

  test('a name that objects inherit is unknown all the same', () => {
    expect(() => checkNames('x()', JSON.parse('{"__proto__": 1}') as object, ['a'])).toThrow(
      'Unknown option `__proto__`',
    );
    expect(() => checkNames('x()', { constructor: 1 }, ['a'])).toThrow(
      'Unknown option `constructor`',
    );
  });
});

describe('nearest', () => {
  test('is whoever takes the fewest steps, in any case; the first of equals', () => {
    expect(nearest('authenticat', ['audit', 'authenticate'])).toBe('authenticate');
    expect(nearest('AUTH', ['auth'])).toBe('auth');
    expect(nearest('cat', ['bat', 'hat'])).toBe('bat');
    expect(nearest('zzzzzz', ['auth', 'log'])).toBeUndefined();
    expect(nearest('', [])).toBeUndefined();
  });

  test('law: a word of the list is its own nearest, and one wrong letter is forgiven', () => {
    const word = fc.stringMatching(/^[a-z]{4,12}$/);
    fc.assert(
      fc.property(word, fc.array(word), fc.nat(), (meant, others, at) => {
        expect(nearest(meant, [...others, meant])).toBe(meant);
        const index = at % meant.length;
        const typo = `${meant.slice(0, index)}${meant.slice(index + 1)}`;
        expect(nearest(typo, [meant])).toBe(meant);
      }),
    );
  });

  test('suggestion is a sentence', () => {
    expect(suggestion('lgo', ['log'])).toBe('Did you mean "log"?');
    expect(suggestion('zzzzzz', new Set(['log', 'auth']))).toBe('There are: log, auth.');
    expect(suggestion('zzzzzz', [])).toBe('There are: none.');
  });
});
