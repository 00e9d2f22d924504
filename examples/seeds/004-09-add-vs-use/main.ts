/** Add against Use: Add registers parts, Use says where in the pipeline they stand; neither is enough alone. */
import { pathToFileURL } from 'node:url';
import { Entity, MiddlewareBuilder } from '@interpose/dataverse';

/** Says what comes of something. */
function attempt(act: () => unknown, print: (line: string) => void): void {
  try {
    act();
    print('done');
  } catch (error) {
    print((error as Error).message.replace(/ The coverage\.json.*/, ''));
  }
}

/** With Add alone, with Use alone, and with both. */
export function main(print: (line: string) => void = console.log): void {
  const create = (builder: MiddlewareBuilder) => () =>
    builder.build().getOrganizationService().create(new Entity('account'));
  attempt(create(MiddlewareBuilder.new().addCrud()), print);
  attempt(create(MiddlewareBuilder.new().useCrud()), print);
  attempt(create(MiddlewareBuilder.new().useCrud().addCrud()), print);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main();
