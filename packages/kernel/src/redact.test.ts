/** Texts of values: one line, short, whole, and without a secret at any depth. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isSecret, REDACTED, redactedText } from './redact.ts';

describe('isSecret', () => {
  test.each([
    'authToken',
    'auth_token',
    'auth-token',
    'AUTH_TOKEN',
    'Authorization',
    'authorisation',
    'x-api-key',
    'apiKey',
    'APIKEY',
    'api_keys',
    'password',
    'passwd',
    'user_pass',
    'passphrase',
    'passcode',
    'pwd',
    'db-pwd',
    'secret',
    'clientSecret',
    'Cookie',
    'set-cookie',
    'session_id',
    'sessionId',
    'jwt',
    'csrf',
    'XSRF-TOKEN',
    'privateKey',
    'bearer',
    'credentials',
    'signature',
    'pin',
    'totp',
    'otp',
    'token2',
    'access.token',
  ])('%s is', (name) => {
    expect(isSecret(name)).toBe(true);
  });

  test.each([
    'user',
    'userId',
    'id',
    'author',
    'authors',
    'authority',
    'passed',
    'password'.slice(0, 3),
    'passenger',
    'keyboard',
    'requestId',
    'path',
    'method',
    'opinion',
    'pinned',
    'mode',
    '',
  ])('%s is not', (name) => {
    expect(isSecret(name)).toBe(false);
  });
});

describe('redactedText', () => {
  test.each<[unknown, string]>([
    ['text', '"text"'],
    [7, '7'],
    [-0, '0'],
    [10n, '10'],
    [true, 'true'],
    [null, 'null'],
    [undefined, 'undefined'],
    [Symbol('s'), 'Symbol(s)'],
    [function named() {}, '[function named]'],
    [() => {}, '[function ""]'],
    [new TypeError('no'), 'TypeError: no'],
    [new Date(0), '1970-01-01T00:00:00.000Z'],
    [new Date(Number.NaN), 'Invalid Date'],
    [new Uint8Array(1_000_000), '[1000000 bytes]'],
    [[1, 'a', [2]], '[1, "a", [2]]'],
    [{ a: 1, b: { c: 'd' } }, '{a: 1, b: {c: "d"}}'],
    [{ 'content-type': 'x', 'with space': 1 }, '{content-type: "x", "with space": 1}'],
    [Object.assign(Object.create(null), { a: 1 }), '{a: 1}'],
    [{}, '{}'],
    [[], '[]'],
  ])('shows %o', (value, text) => {
    expect(redactedText(value)).toBe(text);
  });

  test('stops at a depth, also in a circle', () => {
    expect(redactedText({ a: { b: { c: { d: 1 } } } })).toBe('{a: {b: {c: {d}}}}');
    expect(redactedText([[[[1]]]])).toBe('[[[[1 items]]]]');
    const circle: Record<string, unknown> = { name: 'me' };
    circle['self'] = circle;
    expect(redactedText(circle, 2)).toBe('{name: "me", self: {name: "me", self: {name, self}}}');
  });

  test('at the last depth there are only names and numbers', () => {
    expect(redactedText({ password: 'p', list: [1] }, 0)).toBe('{password, list}');
    expect(redactedText([1, 2], 0)).toBe('[2 items]');
    expect(redactedText({ list: [1, 2], text: 'x' }, 1)).toBe('{list: [2 items], text: "x"}');
  });

  test('cuts what is long', () => {
    expect(redactedText('x'.repeat(101))).toBe(`"${'x'.repeat(100)}…"`);
    expect(redactedText('x'.repeat(100))).toBe(`"${'x'.repeat(100)}"`);
    expect(redactedText(Array.from({ length: 11 }, () => 1))).toBe(`[${'1, '.repeat(10)}…]`);
    expect(redactedText(Array.from({ length: 10 }, () => 1))).not.toContain('…');
    const wide = Object.fromEntries(Array.from({ length: 31 }, (_, index) => [`f${index}`, index]));
    expect(redactedText(wide)).toMatch(/f29: 29, …}$/);
  });

  test('hides by name, at depth, in every spelling', () => {
    const value = {
      user: { api_key: 'k1', profile: [{ 'X-Auth-Token': 'k2', mail: 'a@b' }] },
      sessionId: 'k3',
    };
    expect(redactedText(value, 5)).toBe(
      `{user: {api_key: ${REDACTED}, profile: [{X-Auth-Token: ${REDACTED}, mail: "a@b"}]}, sessionId: ${REDACTED}}`,
    );
  });

  test('never reads a secret', () => {
    let read = 0;
    const value = {
      get password() {
        read++;
        return 'p';
      },
    };
    expect(redactedText(value)).toBe(`{password: ${REDACTED}}`);
    expect(read).toBe(0);
  });

  test('hides what gives itself away under any name', () => {
    expect(redactedText({ url: 'postgres://ada:pa@ss@db.local/app' })).toBe(
      '{url: "postgres://[redacted]@db.local/app"}',
    );
    expect(redactedText({ header: 'Bearer abc.def' })).toBe('{header: "Bearer [redacted]"}');
    expect(redactedText(new Error('refused: Basic dTpw'))).toBe('Error: refused: Basic [redacted]');
    expect(redactedText('https://example.org/a@b?c#d')).toBe('"https://example.org/a@b?c#d"');
    // Hidden before it is cut, or a part of it would stay.
    expect(redactedText(`https://u:${'p'.repeat(200)}@h`)).toBe('"https://[redacted]@h"');
  });

  test('a part that cannot be read hides nothing else', () => {
    const value = {
      a: 1,
      get broken(): never {
        throw new Error('no');
      },
      z: 2,
    };
    expect(redactedText(value)).toBe('{a: 1, broken: [unreadable], z: 2}');
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(redactedText([proxy, 1])).toBe('[[unreadable], 1]');
    expect(redactedText(proxy)).toBe('[unreadable]');
    const odd = Object.assign(new Error('x'), { message: 5 });
    expect(redactedText(odd)).toBe('[unreadable]');
  });

  test('law: no secret is ever in the text', () => {
    const names = fc.constantFrom(
      'password',
      'auth_token',
      'X-Api-Key',
      'clientSecret',
      'Set-Cookie',
      'refreshToken',
    );
    const plain = fc.oneof(fc.integer(), fc.constantFrom('a', 'b'), fc.boolean());
    const tree = fc.letrec<{ node: unknown }>((tie) => ({
      node: fc.oneof(
        { maxDepth: 6 },
        plain,
        fc.array(tie('node'), { maxLength: 4 }),
        fc.dictionary(fc.constantFrom('a', 'user', 'list'), tie('node')),
        names.map((name) => ({ [name]: 'S3CRET', [`${name}s`.replace('s', '')]: 1 })),
        fc
          .tuple(names, tie('node'))
          .map(([name, node]) => ({ [name]: { deep: ['S3CRET', node] } })),
      ),
    })).node;
    fc.assert(
      fc.property(tree, fc.integer({ min: 0, max: 8 }), (value, depth) => {
        expect(redactedText(value, depth)).not.toContain('S3CRET');
      }),
    );
  });

  test('law: any value at all is one line of text', () => {
    fc.assert(
      fc.property(
        fc.anything({
          withDate: true,
          withNullPrototype: true,
          withMap: true,
          withTypedArray: true,
        }),
        (value) => {
          // oxlint-disable-next-line no-control-regex -- these are the characters that would break a line
          expect(redactedText(value)).not.toMatch(/[\n\r\u0000]/);
        },
      ),
    );
    expect(redactedText({ 'a\nb': 'c\nd' })).toBe('{"a\\nb": "c\\nd"}');
    expect(redactedText(new Error('one\ntwo'))).toBe('Error: one\\ntwo');
  });
});
