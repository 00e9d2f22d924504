/** Do and don't: one matter a middleware, checks before changes, and always `next`, or the pipeline says who forgot it. */
import { pathToFileURL } from 'node:url';
import {
  checkRequests,
  CreateRequest,
  type DelegateMiddleware,
  Entity,
  MiddlewareBuilder,
  requestLog,
} from '@interpose/dataverse';

/** Don't: neither answers nor goes on. The compiler says so; this one has silenced it. */
export const forgetful = ((_next: unknown) => () => {
  // Something is done here, and nothing is returned.
}) as unknown as DelegateMiddleware;

/** Do: each of the two does one thing, and the check comes before anything is changed. */
export function good(print: (line: string) => void): MiddlewareBuilder {
  return MiddlewareBuilder.new()
    .addCrud()
    .use(requestLog({ write: print }))
    .use(
      checkRequests((request) =>
        request instanceof CreateRequest && !request.target.contains('name')
          ? 'Account must have a name'
          : undefined,
      ),
    )
    .useCrud();
}

/** What each of them comes to. */
export function main(print: (line: string) => void = console.log): void {
  const context = good(print).build();
  try {
    context.getOrganizationService().create(new Entity('account'));
  } catch (error) {
    print(`${(error as Error).message}; accounts: ${context.count('account')}`);
  }
  try {
    const bad = MiddlewareBuilder.new().addCrud().use(forgetful).useCrud().build();
    bad.getOrganizationService().create(new Entity('account'));
  } catch (error) {
    print((error as Error).message);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main();
