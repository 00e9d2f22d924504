/** perOperation: what is one operation, in executors of every kind. */
import { OperationTypeNode } from 'graphql';
import { expect, test } from 'vitest';
import type { FieldContext } from './field-context.ts';
import { perOperation } from './per-operation.ts';

interface Facts {
  readonly operation?: OperationTypeNode;
  readonly variableValues?: object;
  readonly path?: object;
  readonly context?: unknown;
}

const call = ({ operation, context, ...info }: Facts): FieldContext => ({
  parent: undefined,
  args: {},
  context,
  info: { ...info, ...(operation && { operation: { operation } }) } as never,
});

const { QUERY, SUBSCRIPTION } = OperationTypeNode;

/** Whether two calls share what is made for an operation. */
function share(one: Facts, other: Facts): boolean {
  const valueOf = perOperation(() => ({}));
  return valueOf(call(one)) === valueOf(call(other));
}

test('an operation is what has the same variables, whatever its context is', () => {
  const variableValues = {};
  const [operation, context] = [QUERY, {}];
  expect(share({ operation, variableValues, context }, { operation, variableValues })).toBe(true);
  const other = { operation, context, variableValues: {} };
  expect(share({ operation, variableValues, context }, other)).toBe(false);
});

test('an event of a subscription is what has the same root, also where events share their variables', () => {
  const [operation, variableValues] = [SUBSCRIPTION, {}];
  const root = { prev: undefined, key: 'news' };
  const inner = { prev: { prev: root, key: 0 }, key: 'title' };
  const one = { operation, variableValues, path: root };
  expect(share(one, { operation, variableValues, path: inner })).toBe(true);
  expect(share(one, { operation, variableValues, path: { ...root } })).toBe(false);
});

test('where there are no variables it is the context, and without one each call', () => {
  const context = {};
  expect(share({ context }, { context })).toBe(true);
  expect(share({ context: 'same' }, { context: 'same' })).toBe(false);
});

test('the value is made once, by the first call', () => {
  const made: unknown[] = [];
  const valueOf = perOperation((ctx) => (made.push(ctx.context), undefined));
  const variableValues = {};
  valueOf(call({ variableValues, context: 1 }));
  valueOf(call({ variableValues, context: 2 }));
  expect(made).toEqual([1]);
});
