/** Four middleware and what handles requests: six steps in the order in which they were told. */
import { pathToFileURL } from 'node:url';
import {
  type DelegateMiddleware,
  Entity,
  MiddlewareBuilder,
  OrganizationResponse,
  WhoAmIRequest,
  type XrmFakedContext,
} from '@interpose/dataverse';

/** Says that a request has come to it. */
const step =
  (name: string, print: (line: string) => void): DelegateMiddleware =>
  (next) =>
  (context, request) => {
    print(`${request.requestName}: ${name}`);
    return next(context, request);
  };

/** Four in a row, then CRUD, then the other messages, each of which tells when it handles something. */
export function build(print: (line: string) => void): XrmFakedContext {
  const context = MiddlewareBuilder.new()
    .addCrud()
    .addFakeMessageExecutors()
    .use(step('logging', print))
    .use(step('validation', print))
    .use(step('audit', print))
    .use(step('cache', print))
    .useCrud()
    .use(step('behind CRUD', print))
    .useMessages()
    .build();
  for (const name of ['Create', 'WhoAmI']) {
    context.addExecutionMock(name, ({ requestName }) => {
      print(`${requestName}: handled`);
      return new OrganizationResponse(requestName);
    });
  }
  return context;
}

/** One request that CRUD handles, and one that it does not. */
export function main(print: (line: string) => void = console.log): void {
  const service = build(print).getOrganizationService();
  service.create(new Entity('account'));
  service.execute(new WhoAmIRequest());
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main();
