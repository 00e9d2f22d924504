/** `interpose gateway` and its commands: their arguments and their help. */
import { Command, Option } from 'commander';
import type { CommandIo } from './command-io.ts';
import { CHECK_FORMATS, type CheckOptions, checkGateway } from './gateway-check.ts';
import { type DiffOptions, diffGateway } from './gateway-diff.ts';
import { type ExplainOptions, explainGateway } from './gateway-explain.ts';
import {
  CHECK_HELP,
  DIFF_HELP,
  EXPLAIN_HELP,
  GATEWAY_HELP,
  IMPORT_HELP,
  ROUTES_HELP,
  RUN_HELP,
  SCHEMA_HELP,
} from './gateway-help.ts';
import { type ImportOptions, importIntoGateway } from './gateway-import.ts';
import type { ReloadOptions } from './gateway-reload.ts';
import { printRoutes, type RoutesOptions } from './gateway-routes.ts';
import { runGateway } from './gateway-run.ts';
import { printSchema } from './gateway-schema.ts';

const FILE = 'the config of the gateway, in YAML or JSON';

/** The command, which hands the exit code of what was run to `finish`. */
export function gatewayCommand(io: CommandIo, finish: (code: number) => void): Command {
  const gateway = new Command('gateway')
    .summary('run, check and explain an API gateway')
    .description(
      'An API gateway from one config file: routes, upstreams, and plugins in five phases.',
    )
    .addHelpText('after', GATEWAY_HELP);
  gateway
    .command('run')
    .summary('start a gateway')
    .description('Starts a gateway and keeps it running until it is told to stop.')
    .argument('<file>', FILE)
    .option('--no-watch', 'read the file again only when SIGHUP asks for it')
    .option('--keep-last-good <file>', 'keep each config that was taken; start with it if need be')
    .addHelpText('after', RUN_HELP)
    .action(async (file: string, options: ReloadOptions) =>
      finish(await runGateway(file, options, io)),
    );
  gateway
    .command('check')
    .summary('find every mistake in a config')
    .description(
      'Reads a config without starting anything, and prints every mistake in it at once.',
    )
    .argument('<file>', FILE)
    .option('--json', 'print the problems as JSON')
    .addOption(
      new Option('--format <format>', 'how to print the problems')
        .choices(CHECK_FORMATS)
        .default('text'),
    )
    .addHelpText('after', CHECK_HELP)
    .action(async (file: string, options: CheckOptions) =>
      finish(await checkGateway(file, options, io)),
    );
  gateway
    .command('explain')
    .summary('show which plugins run, in which order')
    .description(
      'Shows for each route which plugins run, phase by phase, in the order in which they do.',
    )
    .argument('<file>', FILE)
    .option('--json', 'print it as JSON')
    .addHelpText('after', EXPLAIN_HELP)
    .action(async (file: string, options: ExplainOptions) =>
      finish(await explainGateway(file, options, io)),
    );
  gateway
    .command('diff')
    .summary('show what another config would change')
    .description(
      'Shows what is different in another config, and what becomes of what the gateway has learned.',
    )
    .argument('<before>', 'the config that holds')
    .argument('<after>', 'the config that is to hold')
    .option('--json', 'print it as JSON')
    .addHelpText('after', DIFF_HELP)
    .action(async (before: string, after: string, options: DiffOptions) =>
      finish(await diffGateway({ before, after }, options, io)),
    );
  gateway
    .command('import')
    .summary('make a config of OpenAPI documents')
    .description('Prints a config with an upstream for each server and a route for each operation.')
    .argument('<files...>', 'OpenAPI 3 documents, or directories with a spec.yaml for each service')
    .option('--server <url>', 'where the services are, whatever the documents say')
    .option('--auth', 'let plugins check what the documents ask of callers')
    .addHelpText('after', IMPORT_HELP)
    .action(async (files: string[], options: ImportOptions) =>
      finish(await importIntoGateway(files, options, io)),
    );
  gateway
    .command('routes')
    .summary('list the routes, or find that of a request')
    .description('Lists the routes, or tells which of them answers a request and why.')
    .argument('<file>', FILE)
    .option('-m, --match <request>', "a request: 'GET https://host/path?query', or its URL alone")
    .option('-H, --header <header>', "a header of it: 'Name: value'; may be said again", collected)
    .option('--json', 'print it as JSON')
    .addHelpText('after', ROUTES_HELP)
    .action(async (file: string, options: RoutesOptions) =>
      finish(await printRoutes(file, options, io)),
    );
  gateway
    .command('schema')
    .summary('print the JSON Schema of a config')
    .description('Prints the JSON Schema (2020-12) of a config, for editors.')
    .addHelpText('after', SCHEMA_HELP)
    .action(() => finish(printSchema(io)));
  return gateway;
}

function collected(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
