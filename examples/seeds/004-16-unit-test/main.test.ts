/** Tests a middleware in a small pipeline, and quite alone. */
import { CreateRequest, Entity, OrganizationResponse } from '@interpose/dataverse';
import { expect, test } from 'vitest';
import { main, testMiddleware } from './main.ts';

test('D-22 004-16 in a small pipeline', () => {
  const lines: string[] = [];
  main((line) => lines.push(line));
  expect(lines).toEqual(['["Before","After"]']);
});

test('D-22 004-16 alone, with a next of its own', () => {
  const executionOrder: string[] = [];
  const response = new OrganizationResponse('Create');
  const delegate = testMiddleware(executionOrder)(() => {
    executionOrder.push('next');
    return response;
  });
  const request = new CreateRequest({ target: new Entity('account') });
  expect(delegate({} as never, request)).toBe(response);
  expect(executionOrder).toEqual(['Before', 'next', 'After']);
});
