/** The front door of interpose: the command as a function. */
export type { CommandIo, StopSignal } from './command-io.ts';
export { runCommand } from './run-command.ts';
export { systemIo } from './system-io.ts';
