/** Checks that what is declared makes the order, not the list. */
import { expect, test } from 'vitest';
import { makeServe, MIDDLEWARE, noting } from './main.ts';

test('P-50 002-5 priorities make the order, whatever the order of the list', async () => {
  const expected = 'exceptions, session, audit, cart';
  expect(await makeServe(MIDDLEWARE)({ seenBy: [] })).toBe(expected);
  expect(await makeServe(MIDDLEWARE.toReversed())({ seenBy: [] })).toBe(expected);
});

test('P-50 002-5 another priority makes another order', async () => {
  const serve = makeServe([...MIDDLEWARE, noting('first', { priority: -1000 })]);
  expect(await serve({ seenBy: [] })).toBe('first, exceptions, session, audit, cart');
  const tied = makeServe([noting('a'), noting('b'), noting('c', { priority: 0 })]);
  expect(await tied({ seenBy: [] })).toBe('a, b, c');
});

test('P-51 002-5 what one requires must stand further out', () => {
  expect(() => makeServe([noting('cart', { requires: ['session'] })])).toThrow(
    'Middleware "cart" requires "session", which nobody provides.',
  );
  expect(() => makeServe([noting('a', { before: 'b' }), noting('b', { before: 'a' })])).toThrow(
    'in a circle',
  );
});
