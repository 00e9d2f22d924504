/** fileWorld: a world of a few files for a command that ends by itself, and what it wrote. */
import { fakeClock } from '@interpose/testing';
import { runCommand } from '../src/run-command.ts';

/** What a command did. */
export interface Done {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Gives a function that runs the command with the files at hand. */
export function fileWorld(
  files: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string>> = {},
): (...argv: string[]) => Promise<Done> {
  return async (...argv) => {
    let [out, err] = ['', ''];
    const code = await runCommand(argv, {
      out: (text) => void (out += text),
      err: (text) => void (err += text),
      environment,
      async readFile(path) {
        const text = files[path];
        if (text === undefined) throw Object.assign(new Error('ENOENT'), { code: 'ENOENT' });
        return new TextEncoder().encode(text);
      },
      onStopSignal: () => () => {},
      clock: fakeClock(),
    });
    return { code, out, err };
  };
}
