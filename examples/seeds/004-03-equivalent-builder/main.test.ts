/** Checks that builder and factory make the same. */
import { XrmFakedContextFactory } from '@interpose/dataverse';
import { expect, test } from 'vitest';
import { build, tell } from './main.ts';

test('D-10 004-3 both do the same', () => {
  expect(tell(build())).toBe('accounts: 1, knows its caller: true');
  expect(tell(XrmFakedContextFactory.new())).toBe(tell(build()));
});

test('D-10 004-3 both support the same', () => {
  expect(build().supportedRequests).toEqual(XrmFakedContextFactory.new().supportedRequests);
  expect(build().warnings).toEqual([]);
});
