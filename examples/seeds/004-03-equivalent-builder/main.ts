/** The builder that does what the factory does, call by call. */
import { pathToFileURL } from 'node:url';
import {
  Entity,
  MiddlewareBuilder,
  type OrganizationOptions,
  WhoAmIRequest,
  type XrmFakedContext,
  XrmFakedContextFactory,
} from '@interpose/dataverse';

/** As `XrmFakedContextFactory.new()`. */
export function build(options?: OrganizationOptions): XrmFakedContext {
  return MiddlewareBuilder.new(options)
    .addCrud()
    .addFakeMessageExecutors()
    .useCrud()
    .useMessages()
    .build();
}

/** What an organization says to the same three questions. */
export function tell(context: XrmFakedContext): string {
  const service = context.getOrganizationService();
  const id = service.create(new Entity('account', { name: 'Contoso' }));
  service.update(new Entity('account', id, { name: 'Fabrikam' }));
  const { userId } = service.execute(new WhoAmIRequest());
  const isKnown = service.execute(new WhoAmIRequest()).userId === userId;
  return `accounts: ${context.count('account')}, knows its caller: ${isKnown}`;
}

/** Whether both say the same. */
export function main(print: (line: string) => void = console.log): void {
  print(`by the builder: ${tell(build())}`);
  print(`by the factory: ${tell(XrmFakedContextFactory.new())}`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main();
