/** `interpose gateway` and its commands: their arguments and their help. */
import { Command } from 'commander';
import type { CommandIo } from './command-io.ts';
import { type CheckOptions, checkGateway } from './gateway-check.ts';
import { type ExplainOptions, explainGateway } from './gateway-explain.ts';
import { runGateway } from './gateway-run.ts';

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
    .addHelpText('after', RUN_HELP)
    .action(async (file: string) => finish(await runGateway(file, io)));
  gateway
    .command('check')
    .summary('find every mistake in a config')
    .description(
      'Reads a config without starting anything, and prints every mistake in it at once.',
    )
    .argument('<file>', FILE)
    .option('--json', 'print the problems as JSON')
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
  return gateway;
}

const GATEWAY_HELP = `
A config that is complete:

  listen: { host: 127.0.0.1, port: 8080 }
  upstreams:
    orders: { url: http://127.0.0.1:8090 }
  plugins:                            # for all routes
    - request-id
    - rate-limit: { limit: 100, windowMs: 60000 }
      priority: 30
  routes:
    - name: orders
      path: /orders/*
      upstream: orders
    - name: hello
      path: /hello
      respond: { body: Hello. }

Each plugin is its name, or its name as a key with its options. Beside the name
may stand "priority" and "state: disabled". Paths are exact (/a), or have
parameters (/users/:id) or an open end (/files/*); the most specific one wins.
In texts \${NAME} and \${NAME:-default} stand for variables of the environment.

Examples:
  interpose gateway check gateway.yaml      find every mistake in a config
  interpose gateway explain gateway.yaml    see what runs, and in which order
  interpose gateway run gateway.yaml        start it`;

const RUN_HELP = `
Writes one line of JSON for each request to standard output, and all else to
standard error. Ctrl-C, SIGINT and SIGTERM end it: it takes no new requests,
finishes those in flight for at most 30 seconds, and exits with 0. A second
signal ends it at once.

Example:
  interpose gateway run gateway.yaml`;

const CHECK_HELP = `
Prints a line for each problem: the place as file:line:column, what was expected
and what came. Exits with 1 if one of them is an error; a warning keeps no
gateway from starting.

Example:
  $ interpose gateway check gateway.yaml
  gateway.yaml:14:9 error CFG012 routes[2].upstream: unknown upstream "ordres" — did you mean "orders"?
  gateway.yaml: not usable (1 error)`;

const EXPLAIN_HELP = `
In each phase the plugins for all routes run before those of the route, and a
smaller priority runs first. Disabled plugins are shown where they would run.

Example:
  $ interpose gateway explain gateway.yaml
  orders: GET /orders/*
    phase         priority  plugin      state   from
    access              10  request-id  active  all routes
                       200  key-auth    active  route orders
    content                 upstream orders (http://127.0.0.1:8090)
    headerFilter        10  request-id  active  all routes
    log                 10  request-id  active  all routes`;
