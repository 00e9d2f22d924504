/** Runs the command with the arguments of the shell. */
import { runCommand } from './run-command.ts';
import { systemIo } from './system-io.ts';

// A reader that leaves, such as `head`, is no failure of the command.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

const code = await runCommand(process.argv.slice(2), systemIo());
for (const stream of [process.stdout, process.stderr]) {
  await new Promise((resolve) => stream.write('', resolve));
}
// A connection that has been given up must not keep the process.
process.exit(code);
