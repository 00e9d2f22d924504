/** Tests of messages without values: whatever a library says of what was sent, what was sent stays out of it. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toldWithoutValues } from './validation-message.ts';

const told = (message: string, input: unknown, path: readonly PropertyKey[] = []): string =>
  toldWithoutValues({ message, path }, input).message;

test('takes out the value that the path leads to, as a library may write it', () => {
  const input = { user: { pin: '1234', age: -512, note: 'a "quoted" word' } };
  expect(told('must be a number (was "1234")', input, ['user', 'pin'])).toBe(
    'must be a number (was "…")',
  );
  expect(told('must be positive (was -512)', input, ['user', 'age'])).toBe(
    'must be positive (was …)',
  );
  expect(told('got "a \\"quoted\\" word"', input, ['user', 'note'])).toBe('got "…"');
});

test('takes out everything inside of a value, and what the path misses', () => {
  const input = { list: [{ token: 'tok-9' }, 777n] };
  expect(told('no: {"token":"tok-9"} and 777', input)).toBe('no: {"token":"…"} and …');
  expect(told('no: tok-9', input, ['list', 5, 'token'])).toBe('no: …');
});

test('leaves words alone that only contain a value', () => {
  expect(told('expected a string', 'str')).toBe('expected a string');
  expect(told('expected a string', '')).toBe('expected a string');
});

test('takes no message where there is too much to look at', () => {
  const input = Array.from({ length: 300_000 }, (_, index) => `v${index}`);
  expect(told('bad: v17', input)).toBe('is not valid');
  expect(told(`bad: ${'x'.repeat(3000)}`, 'x'.repeat(3000))).toBe('is not valid');
});

test('leaves a limit alone that is as small as the value', () => {
  expect(told('expected a number above 0', 0)).toBe('expected a number above 0');
  expect(told('expected 10 or more', '-1')).toBe('expected 10 or more');
  expect(told('expected 10 or more, got 10', '10')).toBe('expected 10 or more, got 10');
});

test('cuts what is long', () => {
  const { path, message } = toldWithoutValues(
    { message: 'm'.repeat(1000), path: ['p'.repeat(1000)] },
    {},
  );
  expect([path.length, message.length]).toEqual([200, 300]);
});

test('writes paths as names between dots, whatever the keys are', () => {
  expect(
    toldWithoutValues({ message: '', path: ['a', 0, { key: 'b' }, Symbol('c')] }, {}).path,
  ).toBe('a.0.b.Symbol(c)');
});

test('no value of a word or more gets through', () => {
  fc.assert(
    fc.property(
      fc.stringMatching(/^[a-z0-9!@#$%^&*]{6,20}$/),
      fc.constantFrom('was "%"', "got '%'", 'received: %', '% is wrong', '(%)'),
      (value, form) =>
        !told(
          form.replace('%', () => value),
          { deep: [value] },
        ).includes(value),
    ),
  );
});
