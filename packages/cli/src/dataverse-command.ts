/** `interpose dataverse` and its commands: their arguments and their help. */
import { Command } from 'commander';
import type { CommandIo } from './command-io.ts';
import type { TypesOptions } from './dataverse-types.ts';

const TYPES_HELP = `
A file is what a Dataverse environment answers to GET /api/data/v9.2/$metadata
(XML) or GET /api/data/v9.2/EntityDefinitions?$expand=Attributes (JSON); where
several describe a table, the last one counts. Without a file, the standard
tables are taken.

Examples:
  interpose dataverse types --table account --table contact > tables.ts
  interpose dataverse types metadata.xml definitions.json --table new_ticket > tables.ts`;

/** The command, which hands the exit code of what was run to `finish`. */
export function dataverseCommand(io: CommandIo, finish: (code: number) => void): Command {
  const dataverse = new Command('dataverse')
    .summary('write types for the tables of Dataverse')
    .description('What is needed around a fake Dataverse organization.');
  dataverse
    .command('types')
    .summary('write TypeScript interfaces for tables')
    .description('Prints a TypeScript file with an interface for each table.')
    .argument('[files...]', 'metadata of an environment, as XML or JSON')
    .option(
      '--table <name>',
      'a table to write, by its logical name; can be given more than once',
      more,
    )
    .addHelpText('after', TYPES_HELP)
    .action(async (files: readonly string[], options: TypesOptions) => {
      // Who runs a gateway need not wait until all of Dataverse is read.
      const { printTypes } = await import('./dataverse-types.ts');
      finish(await printTypes(files, options, io));
    });
  return dataverse;
}

const more = (value: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  value,
];
