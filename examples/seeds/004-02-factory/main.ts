/** The factory: an organization with CRUD, all messages, and an answer for what it does not know. */
import { pathToFileURL } from 'node:url';
import {
  AssignRequest,
  ColumnSet,
  Entity,
  EntityReference,
  OrganizationRequest,
  PullRequestException,
  WhoAmIRequest,
  type XrmFakedContext,
  XrmFakedContextFactory,
} from '@interpose/dataverse';

/** What an organization can do, one line each. */
export function tell(context: XrmFakedContext, print: (line: string) => void): void {
  const service = context.getOrganizationService();
  const id = service.create(new Entity('account', { name: 'Contoso' }));
  print(
    `created ${service.retrieve('account', id, new ColumnSet(['name'])).getAttributeValue<string>('name')}`,
  );
  const { userId } = service.execute(new WhoAmIRequest());
  const target = new EntityReference('account', id);
  const owner = (): EntityReference | undefined =>
    service.retrieve('account', id, new ColumnSet(['ownerid'])).getAttributeValue('ownerid');
  print(`owned by me: ${owner()?.id === userId}`);
  const assignee = new EntityReference('systemuser', '11111111-1111-1111-1111-111111111111');
  service.execute(new AssignRequest({ target, assignee }));
  print(`assigned to ${owner()?.id}`);
  service.delete('account', id);
  print(`accounts left: ${context.count('account')}`);
  try {
    service.execute(new OrganizationRequest('new_Unheard'));
  } catch (error) {
    if (!PullRequestException.is(error)) throw error;
    print(error.message.split('. ')[0] ?? '');
  }
}

/** The organization that most tests need. */
export function main(print: (line: string) => void = console.log): void {
  tell(XrmFakedContextFactory.new(), print);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main();
