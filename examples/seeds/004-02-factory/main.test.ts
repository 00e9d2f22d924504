/** Checks what the organization of the factory does, and how it refuses what it does not know. */
import {
  OrganizationRequest,
  PullRequestException,
  XrmFakedContextFactory,
} from '@interpose/dataverse';
import { expect, test } from 'vitest';
import { main } from './main.ts';

test('D-10 004-2 it has CRUD, WhoAmI and Assign', () => {
  const lines: string[] = [];
  main((line) => lines.push(line));
  expect(lines).toEqual([
    'created Contoso',
    'owned by me: true',
    'assigned to 11111111-1111-1111-1111-111111111111',
    'accounts left: 0',
    'The organization request "new_Unheard" is not supported',
  ]);
});

test('D-09 004-2 an unknown request is refused by name, and the message lists what there is', () => {
  const service = XrmFakedContextFactory.new().getOrganizationService();
  const unknown = (): unknown => service.execute(new OrganizationRequest('new_Unheard'));
  expect(unknown).toThrow(PullRequestException);
  expect(unknown).toThrow(/"new_Unheard".*Assign.*Create.*WhoAmI/);
});
