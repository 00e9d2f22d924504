/** Checks that the request is refused, and that nothing is stored. */
import {
  checkRequests,
  CreateRequest,
  Entity,
  InvalidPluginExecutionException,
  MiddlewareBuilder,
  Money,
} from '@interpose/dataverse';
import { expect, test } from 'vitest';
import { build } from './main.ts';

const without = new Entity('account', { revenue: new Money(1000) });

test('D-171 004-5 an account without a name is refused, and none is stored', () => {
  const context = build();
  const service = context.getOrganizationService();
  expect(() => service.create(without)).toThrow(InvalidPluginExecutionException);
  expect(() => service.create(without)).toThrow('Account must have a name');
  expect(context.count('account')).toBe(0);
});

test('D-171 004-5 an empty name is a name, and other tables need none', () => {
  const context = build();
  const service = context.getOrganizationService();
  service.create(new Entity('account', { name: null }));
  service.create(new Entity('contact'));
  expect([context.count('account'), context.count('contact')]).toEqual([1, 1]);
});

test('D-171 004-5 checkRequests does the same', () => {
  const context = MiddlewareBuilder.new()
    .addCrud()
    .use(
      checkRequests((request) =>
        request instanceof CreateRequest && !request.target.contains('name')
          ? 'Account must have a name'
          : undefined,
      ),
    )
    .useCrud()
    .build();
  expect(() => context.getOrganizationService().create(without)).toThrow(
    'Account must have a name',
  );
  expect(context.count('account')).toBe(0);
});
