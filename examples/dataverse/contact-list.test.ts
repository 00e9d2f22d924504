/** The code component of the example under test, without a server and without a browser. */
import { expect, test } from 'vitest';
import {
  Entity,
  EntityReference,
  injectFaults,
  MiddlewareBuilder,
  pcfWebApi,
} from '@interpose/dataverse';
import { ContactList } from './contact-list.ts';

const accountId = '10000000-0000-4000-8000-000000000001';
const faults = injectFaults();
const organization = MiddlewareBuilder.new().addCrud().use(faults.middleware).useCrud().build();
organization.initialize(
  ['Cid', 'Ann', 'Bob'].map(
    (fullname) =>
      new Entity('contact', {
        fullname,
        parentcustomerid: new EntityReference('account', accountId),
      }),
  ),
);

test('the list grows page by page, takes a contact, and says what went wrong', async () => {
  const list = new ContactList(pcfWebApi(organization), accountId);
  await list.showMore();
  expect([list.names, list.hasMore]).toEqual([['Ann', 'Bob'], true]);
  await list.showMore();
  expect([list.names, list.hasMore]).toEqual([['Ann', 'Bob', 'Cid'], false]);

  await list.add('Dora');
  expect(list.names.at(-1)).toBe('Dora');
  expect(organization.count('contact')).toBe(4);

  faults.add({ requestName: 'Create', fault: 'PrivilegeDenied', message: 'You may only look.' });
  await list.add('Eve');
  expect(list.message).toBe('You may only look.');
  expect(organization.count('contact')).toBe(4);
});
