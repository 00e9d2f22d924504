/** Checks that text stands before and after the rest, and that a request may be changed on its way. */
import {
  CreateRequest,
  type DelegateMiddleware,
  Entity,
  MiddlewareBuilder,
} from '@interpose/dataverse';
import { expect, test } from 'vitest';
import { main, middleware } from './main.ts';

test('D-01 004-1 before and after stand around next', () => {
  const lines: string[] = [];
  main((line) => lines.push(line));
  expect(lines).toEqual(['Processing Create', 'Completed Create']);
});

test('D-02 004-1 what is handed on is what the rest sees', () => {
  const lines: string[] = [];
  const renaming: DelegateMiddleware = (next) => (context) =>
    next(context, new CreateRequest({ target: new Entity('contact') }));
  const context = MiddlewareBuilder.new()
    .addCrud()
    .use(middleware((line) => lines.push(line)))
    .use(renaming)
    .useCrud()
    .build();
  context.getOrganizationService().create(new Entity('account'));
  expect([context.count('account'), context.count('contact')]).toEqual([0, 1]);
  expect(lines).toHaveLength(2);
});
