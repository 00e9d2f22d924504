/** `interpose gateway check`: says what is wrong with a config. */
import { formatProblem, type GatewayConfig, type Problem } from '@interpose/gateway';
import type { CommandIo } from './command-io.ts';
import { type ConfigFile, readConfigFile } from './config-file.ts';
import { sarifText } from './sarif.ts';

/** The forms in which problems can be printed. */
export const CHECK_FORMATS = ['text', 'json', 'sarif'] as const;

/** Options of `gateway check`. */
export interface CheckOptions {
  /** Whether to print JSON instead of lines; the same as the format `json`. */
  readonly json?: boolean;
  /** @default 'text' */
  readonly format?: (typeof CHECK_FORMATS)[number];
}

/** Prints the problems of a config, or that it has none. Gives the exit code. */
export async function checkGateway(
  file: string,
  options: CheckOptions,
  io: CommandIo,
): Promise<number> {
  const read = await readConfigFile(file, io);
  const { format = 'text', json = false } = options;
  const { config, problems } = read;
  if (json || format === 'json') {
    io.out(`${JSON.stringify({ file, ok: config !== undefined, problems }, null, 2)}\n`);
  } else {
    io.out(format === 'sarif' ? sarifText(problems) : linesOf(file, read));
  }
  return config === undefined ? 1 : 0;
}

function linesOf(file: string, { config, problems }: ConfigFile): string {
  const lines = problems.map((problem) => `${formatProblem(problem)}\n`).join('');
  const verdict =
    config === undefined ? `not usable (${tally(problems)})` : `ok (${contents(config)})`;
  return `${lines}${file}: ${verdict}\n`;
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
