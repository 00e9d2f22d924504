/** Checks that a middleware that forgets next is named, whether it is synchronous or not. */
import { type DelegateMiddleware, Entity, MiddlewareBuilder } from '@interpose/dataverse';
import { expect, test } from 'vitest';
import { main } from './main.ts';

test('D-20 D-23 004-17 checks come first, and who forgets next is named', () => {
  const lines: string[] = [];
  main((line) => lines.push(line));
  expect(lines).toEqual([
    '[BEFORE] Create',
    'Account must have a name; accounts: 0',
    'Middleware "forgetful" neither answered nor called next(); return either',
  ]);
});

test('D-20 004-17 also one that takes its time', async () => {
  const later = ((_next: unknown) => async () => {}) as unknown as DelegateMiddleware;
  const context = MiddlewareBuilder.new().addCrud().use(later).useCrud().build();
  await expect(context.getOrganizationServiceAsync().create(new Entity('account'))).rejects.toThrow(
    'Middleware "later" neither answered nor called next()',
  );
});
