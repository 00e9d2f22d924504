/** Transformation: a record that is created gets a date before CRUD sees it, unless it has one. */
import { pathToFileURL } from 'node:url';
import {
  ColumnSet,
  CreateRequest,
  type DelegateMiddleware,
  Entity,
  MiddlewareBuilder,
  type XrmFakedContext,
} from '@interpose/dataverse';

/** Hands on a request of its own, so that the record of the caller stays as it is. */
export const transformer =
  (now: () => Date): DelegateMiddleware =>
  (next) =>
  (context, request) => {
    if (!(request instanceof CreateRequest) || request.target.contains('createdon')) {
      return next(context, request);
    }
    const { logicalName, attributes } = request.target;
    const target = new Entity(logicalName, { ...attributes, createdon: now() });
    return next(context, new CreateRequest({ target }));
  };

/** An organization with the transformer before CRUD. */
export function build(): XrmFakedContext {
  const now = (): Date => new Date('2026-01-31T12:00:00Z');
  return MiddlewareBuilder.new().addCrud().use(transformer(now)).useCrud().build();
}

/** A record without a date, and one with. */
export function main(print: (line: string) => void = console.log): void {
  const service = build().getOrganizationService();
  const own = { createdon: new Date('2020-02-02T00:00:00Z') };
  for (const attributes of [{}, own]) {
    const id = service.create(new Entity('account', attributes));
    const account = service.retrieve('account', id, new ColumnSet(['createdon']));
    print(account.getAttributeValue<Date>('createdon')?.toISOString() ?? 'none');
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main();
