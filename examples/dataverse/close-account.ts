/** A service as one writes it: it closes an account, ends its open tasks, and tells how many there were. */
import {
  ColumnSet,
  Entity,
  type Guid,
  InvalidPluginExecutionException,
  type OrganizationService,
  OptionSetValue,
  QueryExpression,
} from '@interpose/dataverse';

const OPEN = 0;
const CANCELED = 2;
const INACTIVE = 1;

/** Closes an account. What is left to do for it is called off first. */
export function closeAccount(service: OrganizationService, accountId: Guid): number {
  const account = service.retrieve('account', accountId, new ColumnSet(['name', 'statecode']));
  if (account.getAttributeValue<OptionSetValue>('statecode')?.value === INACTIVE) {
    throw new InvalidPluginExecutionException(
      `${account.getAttributeValue<string>('name')} is closed already`,
    );
  }
  const open = new QueryExpression('task', new ColumnSet(['subject']));
  open.criteria.addCondition('regardingobjectid', 'Equal', accountId);
  open.criteria.addCondition('statecode', 'Equal', OPEN);
  const tasks = service.retrieveMultiple(open).entities;
  for (const { id } of tasks) {
    service.update(new Entity('task', id, { statecode: new OptionSetValue(CANCELED) }));
  }
  service.update(new Entity('account', accountId, { statecode: new OptionSetValue(INACTIVE) }));
  return tasks.length;
}
