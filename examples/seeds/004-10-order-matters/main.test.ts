/** Checks how many requests logging sees in either place. */
import { Entity, WhoAmIRequest } from '@interpose/dataverse';
import { expect, test } from 'vitest';
import { build } from './main.ts';

test.each([
  ['before', ['[BEFORE] Create', '[BEFORE] WhoAmI']],
  ['behind', ['[BEFORE] WhoAmI']],
] as const)('D-11 D-12 004-10 %s CRUD, logging sees %j', (where, expected) => {
  const lines: string[] = [];
  const service = build(where, (line) => lines.push(line)).getOrganizationService();
  service.create(new Entity('account'));
  service.execute(new WhoAmIRequest());
  expect(lines.filter((line) => line.startsWith('[BEFORE]'))).toEqual(expected);
});
