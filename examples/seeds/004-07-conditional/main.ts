/** Conditional: only Create and Update are written down. */
import { pathToFileURL } from 'node:url';
import {
  ColumnSet,
  CreateRequest,
  type DelegateMiddleware,
  Entity,
  MiddlewareBuilder,
  UpdateRequest,
  type XrmFakedContext,
} from '@interpose/dataverse';

/** Writes before and after, of some requests. `forRequests` makes any middleware conditional. */
export const conditionalLogger =
  (write: (line: string) => void): DelegateMiddleware =>
  (next) =>
  (context, request) => {
    const shouldLog = request instanceof CreateRequest || request instanceof UpdateRequest;
    if (shouldLog) write(`Logging: ${request.requestName}`);
    const response = next(context, request);
    if (shouldLog) write(`Logged: ${request.requestName}`);
    return response;
  };

/** Creates an account, reads it, and changes it. */
export function use(context: XrmFakedContext): void {
  const service = context.getOrganizationService();
  const id = service.create(new Entity('account', { name: 'Contoso' }));
  service.retrieve('account', id, new ColumnSet(true));
  service.update(new Entity('account', id, { name: 'Fabrikam' }));
}

/** What is written of the three. */
export function main(print: (line: string) => void = console.log): void {
  use(MiddlewareBuilder.new().addCrud().use(conditionalLogger(print)).useCrud().build());
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main();
