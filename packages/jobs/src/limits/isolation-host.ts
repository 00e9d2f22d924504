/** What this machine offers to hold a child process within its bounds. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';

/** Of util-linux: by the one the kernel holds a process within limits, by the other a child dies with its parent even while it is stopped. */
type Command = 'prlimit' | 'setpriv';

const found = new Map<Command, string | undefined>();

/** Where a command is, if this is Linux and it does what is asked of it here. */
export function commandPath(command: Command): string | undefined {
  if (!found.has(command)) found.set(command, search(command));
  return found.get(command);
}

/** What is missing for limits that hold: Linux, for its `/proc` and its signals, and the two commands. */
export function missingForIsolation(): readonly string[] {
  if (process.platform !== 'linux') return ['Linux'];
  const commands = ['prlimit', 'setpriv'] as const;
  return commands
    .filter((command) => commandPath(command) === undefined)
    .map((command) => `the command ${command} of util-linux`);
}

function search(command: Command): string | undefined {
  if (process.platform !== 'linux') return undefined;
  return (process.env['PATH'] ?? '')
    .split(':')
    .filter(Boolean)
    .map((folder) => join(folder, command))
    .find((path) => isExecutable(path) && isAble(command, path));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** There are smaller ones of the same name that do not know the option. */
function isAble(command: Command, path: string): boolean {
  if (command === 'prlimit') return true;
  const args = ['--pdeathsig', 'KILL', '--', path, '--version'];
  return spawnSync(path, args, { stdio: 'ignore' }).status === 0;
}
