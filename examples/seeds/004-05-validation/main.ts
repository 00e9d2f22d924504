/** Validation: an account without a name is refused, and nothing is stored. */
import { pathToFileURL } from 'node:url';
import {
  CreateRequest,
  type DelegateMiddleware,
  Entity,
  InvalidPluginExecutionException,
  MiddlewareBuilder,
  Money,
  type XrmFakedContext,
} from '@interpose/dataverse';

/** Refuses accounts without a name. `checkRequests` is the shorter way, and comes along. */
export const validationMiddleware: DelegateMiddleware = (next) => (context, request) => {
  if (request instanceof CreateRequest) {
    const { target } = request;
    if (target.logicalName === 'account' && !target.contains('name')) {
      throw new InvalidPluginExecutionException('Account must have a name');
    }
  }
  return next(context, request);
};

/** An organization with validation before CRUD. */
export function build(): XrmFakedContext {
  return MiddlewareBuilder.new().addCrud().use(validationMiddleware).useCrud().build();
}

/** An account without a name, and one with. */
export function main(print: (line: string) => void = console.log): void {
  const context = build();
  const service = context.getOrganizationService();
  for (const attributes of [{ revenue: new Money(1000) }, { name: 'Contoso' }]) {
    try {
      service.create(new Entity('account', attributes));
      print('stored');
    } catch (error) {
      if (!(error instanceof InvalidPluginExecutionException)) throw error;
      print(`${error.name}: ${error.message}`);
    }
    print(`accounts: ${context.count('account')}`);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main();
