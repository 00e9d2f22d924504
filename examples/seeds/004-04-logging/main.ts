/** Logging: two lines for every request, also for those that methods of the service make. */
import { pathToFileURL } from 'node:url';
import {
  type DelegateMiddleware,
  Entity,
  MiddlewareBuilder,
  type XrmFakedContext,
} from '@interpose/dataverse';

/** Writes before and after. `requestLog` is the same, and comes along. */
export const loggingMiddleware =
  (write: (line: string) => void): DelegateMiddleware =>
  (next) =>
  (context, request) => {
    write(`[BEFORE] ${request.requestName}`);
    const response = next(context, request);
    write(`[AFTER] ${request.requestName}`);
    return response;
  };

/** An organization with logging before CRUD. */
export function build(write: (line: string) => void): XrmFakedContext {
  return MiddlewareBuilder.new().addCrud().use(loggingMiddleware(write)).useCrud().build();
}

/** One Create. */
export function main(print: (line: string) => void = console.log): void {
  build(print)
    .getOrganizationService()
    .create(new Entity('account', { name: 'Test' }));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main();
