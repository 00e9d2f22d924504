/** The fluent builder: every call gives the builder, the last one the organization; the compiler knows the types. */
import { pathToFileURL } from 'node:url';
import {
  type DelegateMiddleware,
  MiddlewareBuilder,
  WhoAmIRequest,
  type XrmFakedContext,
} from '@interpose/dataverse';

/** Does nothing but hand on. */
const customMiddleware: DelegateMiddleware = (next) => (context, request) => next(context, request);

/** Six calls and an organization. */
export function build(): XrmFakedContext {
  return MiddlewareBuilder.new() // Creates a builder.
    .addCrud() // Registers CRUD.
    .addFakeMessageExecutors() // Registers the other messages.
    .use(customMiddleware) // Puts a middleware of your own in its place.
    .useCrud() // Puts CRUD in its place.
    .useMessages() // Puts the other messages in their place.
    .build(); // Makes the organization.
}

/** Says who the caller is to himself. */
export function main(print: (line: string) => void = console.log): void {
  const { userId } = build().getOrganizationService().execute(new WhoAmIRequest());
  print(`a user: ${/^[\da-f-]{36}$/.test(userId)}`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main();
