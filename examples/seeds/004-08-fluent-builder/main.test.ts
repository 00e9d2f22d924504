/** Checks that the builder is one all along, and what the compiler knows of it. */
import { MiddlewareBuilder, WhoAmIRequest, type XrmFakedContext } from '@interpose/dataverse';
import { expect, expectTypeOf, test } from 'vitest';
import { build } from './main.ts';

test('D-05 004-8 every call gives the builder', () => {
  const builder = MiddlewareBuilder.new();
  expect(builder.addCrud()).toBe(builder);
  expect(builder.addFakeMessageExecutors()).toBe(builder);
  expect(builder.use((_, next) => next())).toBe(builder);
  expect(builder.useCrud()).toBe(builder);
  expect(builder.useMessages()).toBe(builder);
});

test('D-05 004-8 the types of the chain and of responses are known', () => {
  expectTypeOf(build()).toEqualTypeOf<XrmFakedContext>();
  const response = build().getOrganizationService().execute(new WhoAmIRequest());
  expectTypeOf(response.userId).toEqualTypeOf<string>();
  expect(response.userId).toMatch(/-/);
});
