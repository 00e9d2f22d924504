/** The command as a function: arguments and a world in, an exit code out. */
import { StartFailedError } from '@interpose/gateway';
import { Command, CommanderError } from 'commander';
import type { CommandIo } from './command-io.ts';
import { dataverseCommand } from './dataverse-command.ts';
import { CommandFailedError, ConfigRefusedError, failureLines } from './errors.ts';
import { gatewayCommand } from './gateway-command.ts';
import { version } from './version.ts';

/** Exit codes: done, failed, called in a way that the command does not know. */
const DONE = 0;
const FAILED = 1;
const MISUSED = 2;

/** Runs `interpose` with these arguments, without the names of Node and the script. */
export async function runCommand(argv: readonly string[], io: CommandIo): Promise<number> {
  let code = DONE;
  const program = createProgram(io, (result) => {
    code = result;
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return code;
  } catch (error) {
    return codeOf(error, io);
  }
}

function createProgram(io: CommandIo, finish: (code: number) => void): Command {
  const program = new Command('interpose')
    .description('Puts code between a caller and what it calls.')
    .version(version, '-V, --version', 'print the version')
    .addHelpText('after', EXAMPLES)
    .addCommand(gatewayCommand(io, finish))
    .addCommand(dataverseCommand(io, finish));
  for (const command of [program, ...commandsOf(program)]) settle(command, io);
  return program;
}

/** What holds for every command: where it writes, how it fails, what its help is called. */
function settle(command: Command, io: CommandIo): void {
  command
    .exitOverride()
    .helpOption('-h, --help', 'print this help')
    .configureOutput({
      writeOut: io.out,
      writeErr: io.err,
      getOutHelpWidth: () => HELP_WIDTH,
      getErrHelpWidth: () => HELP_WIDTH,
      outputError: (text) => io.err(`interpose: ${oneLine(text)} See ${nameOf(command)} --help.\n`),
    });
  if (command.commands.length > 0)
    command.helpCommand('help [command]', 'print the help of a command');
}

const HELP_WIDTH = 80;

function nameOf(command: Command): string {
  return command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`;
}

const EXAMPLES = `
Examples:
  interpose gateway check gateway.yaml     find every mistake in a config
  interpose gateway run gateway.yaml       start a gateway
  interpose gateway --help                 more about the gateway
  interpose dataverse types                write TypeScript interfaces for tables

Exit codes: 0 done, 1 it failed, 2 the arguments were wrong.`;

function commandsOf(program: Command): Command[] {
  return program.commands.flatMap((command) => [command, ...commandsOf(command)]);
}

/** Commander's errors come in several lines, with `error: ` before them. */
function oneLine(text: string): string {
  return text
    .trim()
    .replace(/^error: /, '')
    .replace(/\s*\(Did you mean (.+)\?\)$/, ' — did you mean "$1"?')
    .replaceAll(/\s*\n\s*/g, ' ')
    .replace(/([^.?])$/, '$1.');
}

function codeOf(error: unknown, io: CommandIo): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? DONE : MISUSED;
  if (ConfigRefusedError.is(error)) return FAILED;
  if (CommandFailedError.is(error)) {
    io.err(`interpose: ${error.message}\n`);
    return FAILED;
  }
  if (StartFailedError.is(error)) {
    for (const line of failureLines(error)) io.err(`interpose: cannot start: ${line}\n`);
    return FAILED;
  }
  // Only a fault of our own comes here: its stack is what a report of it needs.
  io.err(
    `interpose: unexpected failure: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  return FAILED;
}
