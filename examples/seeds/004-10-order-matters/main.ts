/** Order: logging before CRUD sees every request; behind it, only those that CRUD does not handle. */
import { pathToFileURL } from 'node:url';
import {
  Entity,
  MiddlewareBuilder,
  requestLog,
  WhoAmIRequest,
  type XrmFakedContext,
} from '@interpose/dataverse';

/** The same parts in two orders. */
export function build(where: 'before' | 'behind', write: (line: string) => void): XrmFakedContext {
  const builder = MiddlewareBuilder.new().addCrud().addFakeMessageExecutors();
  const log = requestLog({ write });
  if (where === 'before') builder.use(log).useCrud();
  else builder.useCrud().use(log);
  return builder.useMessages().build();
}

/** A Create and a WhoAmI, in both orders. */
export function main(print: (line: string) => void = console.log): void {
  for (const where of ['before', 'behind'] as const) {
    print(`logging ${where} CRUD:`);
    const service = build(where, print).getOrganizationService();
    service.create(new Entity('account'));
    service.execute(new WhoAmIRequest());
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main();
