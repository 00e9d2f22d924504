/** Checks the onion: the order in and out, also when something fails on the way. */
import { compose, wrap } from '@interpose/kernel';
import { recorder } from '@interpose/testing';
import { expect, test } from 'vitest';
import { makeGreet, step } from './main.ts';

const ONION = [
  'middleware a (before)',
  'middleware b (before)',
  'middleware c (before)',
  'greet',
  'middleware c (after)',
  'middleware b (after)',
  'middleware a (after)',
];

test('M-01 000-1 three middleware round a function run in order going in and in reverse coming out', async () => {
  const journal = recorder();

  expect(await makeGreet(journal.log)('Ada')).toBe('Hello, Ada!');

  journal.expectOrder(...ONION);
});

test('M-01 M-173 000-1 recorded middleware give the same seven steps', async () => {
  const journal = recorder();
  const fn = wrap(
    journal.wrap(() => 'done', 'fn'),
    ...['a', 'b', 'c'].map((name) => journal.middleware(name)),
  );

  expect(fn()).toBe('done');

  journal.expectOrder('a-before', 'b-before', 'c-before', 'fn', 'c-after', 'b-after', 'a-after');
});

test('M-20 000-1 composed into one, the first listed is the outermost', async () => {
  const journal = recorder();
  const steps = ['a', 'b', 'c'].map((name) => step(`middleware ${name}`, journal.log));
  const greet = wrap(async () => journal.log('greet'), compose(...steps));

  await greet();

  journal.expectOrder(...ONION);
});

test('M-08 000-1 a failure passes every layer on its way out and arrives as the same object', async () => {
  const journal = recorder();
  const failure = new Error('no such name');
  const greet = wrap(
    async () => {
      throw failure;
    },
    step('outer', journal.log),
    step('inner', journal.log),
  );

  await expect(greet()).rejects.toBe(failure);

  journal.expectOrder('outer (before)', 'inner (before)', 'inner (after)', 'outer (after)');
});

test('000-1 the wrapped function keeps its name and the number of its parameters', () => {
  const greet = makeGreet(() => {});

  expect(greet.name).toBe('greet');
  expect(greet).toHaveLength(1);
});
