/** A unit test of a middleware: a small pipeline, and a list of what happened. */
import { pathToFileURL } from 'node:url';
import { type DelegateMiddleware, Entity, MiddlewareBuilder } from '@interpose/dataverse';

/** Notes what happens. */
export const testMiddleware =
  (executionOrder: string[]): DelegateMiddleware =>
  (next) =>
  (context, request) => {
    executionOrder.push('Before');
    const response = next(context, request);
    executionOrder.push('After');
    return response;
  };

/** One Create. */
export function main(print: (line: string) => void = console.log): void {
  const executionOrder: string[] = [];
  const context = MiddlewareBuilder.new()
    .addCrud()
    .use(testMiddleware(executionOrder))
    .useCrud()
    .build();
  context.getOrganizationService().create(new Entity('account', { name: 'Test' }));
  print(JSON.stringify(executionOrder));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main();
