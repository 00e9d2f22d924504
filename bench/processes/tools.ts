/** The programs that a suite needs and that npm does not bring. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Gives where a program lies, by the name that `scripts/debian.mjs` has for it. */
export type Tools = (name: string) => string;

/** Finds programs, and has those that are missing installed where that may be done. */
export async function findTools(installer: string, names: readonly string[]): Promise<Tools> {
  try {
    return readTools((await run(process.execPath, [installer, ...names])).stdout);
  } catch (error) {
    const said = (error as { stderr?: string }).stderr?.trim();
    throw new Error(`This suite needs what is not here. ${said || String(error)}`, {
      cause: error,
    });
  }
}

/** Reads lines of a name and a path. */
export function readTools(lines: string): Tools {
  const paths = new Map(
    lines.split('\n').flatMap((line) => {
      const at = line.indexOf(' ');
      return at > 0 ? [[line.slice(0, at), line.slice(at + 1)]] : [];
    }),
  );
  return (name) => {
    const path = paths.get(name);
    if (!path) throw new Error(`There is no path of ${name} in ${JSON.stringify(lines)}`);
    return path;
  };
}
