/** Checks that a date is added, that one that is given stays, and that the caller keeps what is his. */
import { Entity } from '@interpose/dataverse';
import { expect, test } from 'vitest';
import { build, main } from './main.ts';

test('D-177 004-15 a date is added, and one that is given stays', () => {
  const lines: string[] = [];
  main((line) => lines.push(line));
  expect(lines).toEqual(['2026-01-31T12:00:00.000Z', '2020-02-02T00:00:00.000Z']);
});

test('D-177 004-15 the record of the caller stays as it is', () => {
  const account = new Entity('account');
  build().getOrganizationService().create(account);
  expect(account.contains('createdon')).toBe(false);
});
