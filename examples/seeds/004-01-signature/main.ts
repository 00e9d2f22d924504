/** The signature: a middleware is given what comes next, and gives what stands before it. */
import { pathToFileURL } from 'node:url';
import { type DelegateMiddleware, Entity, MiddlewareBuilder } from '@interpose/dataverse';

/** Tells of each request before it is processed and when it is completed. */
export const middleware =
  (print: (line: string) => void): DelegateMiddleware =>
  (next) =>
  (context, request) => {
    print(`Processing ${request.requestName}`);
    const response = next(context, request);
    print(`Completed ${request.requestName}`);
    return response;
  };

/** One Create. */
export function main(print: (line: string) => void = console.log): void {
  const context = MiddlewareBuilder.new().addCrud().use(middleware(print)).useCrud().build();
  context.getOrganizationService().create(new Entity('account', { name: 'Contoso' }));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main();
