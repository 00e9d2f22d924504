/** `interpose gateway check`: says what is wrong with a config. */
import { formatProblem, type GatewayConfig, type Problem } from '@interpose/gateway';
import type { CommandIo } from './command-io.ts';
import { readConfigFile } from './config-file.ts';

/** Options of `gateway check`. */
export interface CheckOptions {
  /** Whether to print JSON instead of lines. */
  readonly json?: boolean;
}

/** Prints the problems of a config, or that it has none. Gives the exit code. */
export async function checkGateway(
  file: string,
  options: CheckOptions,
  io: CommandIo,
): Promise<number> {
  const { config, problems } = await readConfigFile(file, io);
  if (options.json) {
    io.out(`${JSON.stringify({ file, ok: config !== undefined, problems }, null, 2)}\n`);
  } else {
    for (const problem of problems) io.out(`${formatProblem(problem)}\n`);
    io.out(
      `${file}: ${config === undefined ? `not usable (${tally(problems)})` : `ok (${contents(config)})`}\n`,
    );
  }
  return config === undefined ? 1 : 0;
}

function tally(problems: readonly Problem[]): string {
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  const warnings = problems.length - errors;
  return many(errors, 'error') + (warnings === 0 ? '' : `, ${many(warnings, 'warning')}`);
}

function contents(config: GatewayConfig): string {
  const plugins =
    config.plugins.length + config.routes.reduce((sum, route) => sum + route.plugins.length, 0);
  const upstreams = Object.keys(config.upstreams).length;
  return [
    many(config.routes.length, 'route'),
    many(upstreams, 'upstream'),
    many(plugins, 'plugin'),
  ].join(', ');
}

function many(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
