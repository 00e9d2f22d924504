/** Short-circuit: a middleware answers WhoAmI itself; every other request goes on. */
import { pathToFileURL } from 'node:url';
import {
  type DelegateMiddleware,
  Entity,
  MiddlewareBuilder,
  WhoAmIRequest,
  WhoAmIResponse,
  type XrmFakedContext,
} from '@interpose/dataverse';

/** Answers WhoAmI with a user that it knows. */
export const cacheMiddleware =
  (cachedUserId: string): DelegateMiddleware =>
  (next) =>
  (context, request) => {
    if (request instanceof WhoAmIRequest) {
      return new WhoAmIResponse({
        userId: cachedUserId,
        businessUnitId: crypto.randomUUID(),
        organizationId: crypto.randomUUID(),
      });
    }
    return next(context, request);
  };

/** An organization whose WhoAmI knows one user. */
export function build(cachedUserId: string): XrmFakedContext {
  return MiddlewareBuilder.new()
    .addCrud()
    .addFakeMessageExecutors()
    .use(cacheMiddleware(cachedUserId))
    .useCrud()
    .useMessages()
    .build();
}

/** Twice WhoAmI, and a Create. */
export function main(print: (line: string) => void = console.log): void {
  const context = build('22222222-2222-2222-2222-222222222222');
  const service = context.getOrganizationService();
  print(service.execute(new WhoAmIRequest()).userId);
  print(service.execute(new WhoAmIRequest()).userId);
  service.create(new Entity('account'));
  print(`accounts: ${context.count('account')}`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main();
