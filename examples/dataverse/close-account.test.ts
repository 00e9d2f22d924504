/** The service of the example under test: what it does, in which order, and what happens when something fails. */
import { beforeEach, describe, expect, test } from 'vitest';
import {
  countedIds,
  DataverseFault,
  Entity,
  EntityReference,
  injectFaults,
  MiddlewareBuilder,
  OptionSetValue,
  recordRequests,
  travelClock,
  type XrmFakedContext,
} from '@interpose/dataverse';
import { closeAccount } from './close-account.ts';

const accountId = '10000000-0000-4000-8000-000000000001';
const requests = recordRequests();
const faults = injectFaults();
let organization: XrmFakedContext;

beforeEach(() => {
  requests.clear();
  faults.clear();
  organization = MiddlewareBuilder.new({ clock: travelClock(), newId: countedIds() })
    .addCrud()
    .use(requests.middleware)
    .use(faults.middleware)
    .useCrud()
    .build();
  const regardingobjectid = new EntityReference('account', accountId);
  organization.initialize([
    new Entity('account', accountId, { name: 'Contoso', statecode: new OptionSetValue(0) }),
    new Entity('task', { subject: 'Call', regardingobjectid, statecode: new OptionSetValue(0) }),
    new Entity('task', { subject: 'Visit', regardingobjectid, statecode: new OptionSetValue(0) }),
    new Entity('task', { subject: 'Done', regardingobjectid, statecode: new OptionSetValue(1) }),
  ]);
});

const states = (table: string): readonly (number | undefined)[] =>
  organization
    .createQuery(table)
    .map((record) => record.getAttributeValue<OptionSetValue>('statecode')?.value);

describe('closing an account', () => {
  test('calls off what is open, and then closes', () => {
    expect(closeAccount(organization.getOrganizationService(), accountId)).toBe(2);
    expect(states('task')).toEqual([2, 2, 1]);
    expect(states('account')).toEqual([1]);
    requests.expectOrder('Retrieve', 'RetrieveMultiple', 'Update', 'Update', 'Update');
    expect(requests.all.at(-1)?.logicalName).toBe('account');
  });

  test('leaves the account open if a task cannot be called off', () => {
    faults.add({ requestName: 'Update', logicalName: 'task', from: 2, fault: 'PrivilegeDenied' });
    expect(() => closeAccount(organization.getOrganizationService(), accountId)).toThrow(
      DataverseFault,
    );
    expect(states('task')).toEqual([2, 0, 1]);
    expect(states('account')).toEqual([0]);
  });

  test('closes once', () => {
    const service = organization.getOrganizationService();
    closeAccount(service, accountId);
    expect(() => closeAccount(service, accountId)).toThrow('Contoso is closed already');
  });
});
