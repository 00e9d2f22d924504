/** Smoke tests of the built kernel: it loads, it composes, its errors carry codes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CodedError, compose, DoubleNextError, wrap } from '@interpose/kernel';

test('compose nests the first listed outermost', async () => {
  /** @type {string[]} */
  const seen = [];
  const named = (name) => async (ctx, next) => {
    seen.push(`${name} in`);
    const result = await next(ctx);
    seen.push(`${name} out`);
    return result;
  };
  const stack = compose(named('a'), named('b'));
  assert.equal(await stack({ value: 2 }, async (ctx) => ctx.value * 21), 42);
  assert.deepEqual(seen, ['a in', 'b in', 'b out', 'a out']);
});

test('compose stays synchronous while everything in it is', () => {
  const add = (ctx, next) => next(ctx) + 1;
  assert.equal(
    compose(add, add)({}, () => 40),
    42,
  );
});

test('a second next is an error that names the middleware and has a code', async () => {
  const twice = async function twice(ctx, next) {
    await next(ctx);
    return next(ctx);
  };
  const failure = await compose(twice)({}, async () => 1).catch((error) => error);
  assert.ok(DoubleNextError.is(failure));
  assert.ok(failure instanceof CodedError);
  assert.equal(failure.code, 'DOUBLE_NEXT');
  assert.match(failure.message, /twice/);
});

test('wrap keeps name and length of a function', async () => {
  const add = wrap(async function add(a, b) {
    return a + b;
  });
  assert.equal(add.name, 'add');
  assert.equal(add.length, 2);
  assert.equal(await add(40, 2), 42);
});
