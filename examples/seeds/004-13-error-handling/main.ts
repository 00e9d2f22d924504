/** Error handling: what goes wrong is written down, and thrown again in another form, with its cause. */
import { pathToFileURL } from 'node:url';
import {
  type DelegateMiddleware,
  InvalidPluginExecutionException,
  MiddlewareBuilder,
  type XrmFakedContext,
} from '@interpose/dataverse';

/** Catches whatever the rest throws. `wrapErrors` is the same for asynchronous pipelines too, and comes along. */
export const errorHandler =
  (write: (line: string) => void): DelegateMiddleware =>
  (next) =>
  (context, request) => {
    try {
      return next(context, request);
    } catch (error) {
      const { message } = error as Error;
      write(`Error in ${request.requestName}: ${message}`);
      throw new InvalidPluginExecutionException(`Request failed: ${message}`, { cause: error });
    }
  };

/** An organization with the handler before CRUD. */
export function build(write: (line: string) => void): XrmFakedContext {
  return MiddlewareBuilder.new().addCrud().use(errorHandler(write)).useCrud().build();
}

/** Deletes what is not there. */
export function main(print: (line: string) => void = console.log): void {
  const service = build(print).getOrganizationService();
  try {
    service.delete('account', '33333333-3333-3333-3333-333333333333');
  } catch (error) {
    const { name, message, cause } = error as Error;
    print(`${name}: ${message}`);
    print(`because of a ${(cause as Error).name}`);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main();
