/** The programs that the suite needs and that npm does not bring. */
import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Where the programs lie. */
export interface Tools {
  readonly wrk: string;
  readonly nginx: string;
  /** The folder of the modules that nginx can load. */
  readonly nginxModules: string;
  readonly haproxy: string;
}

/** Finds the programs, and has those that are missing installed where that may be done. */
export async function findTools(installer: string): Promise<Tools> {
  const args = [installer, 'wrk', 'nginx', 'nginx-lua', 'haproxy'];
  try {
    return readTools((await run(process.execPath, args)).stdout);
  } catch (error) {
    const said = (error as { stderr?: string }).stderr?.trim();
    throw new Error(`The suite wire needs what is not here. ${said || String(error)}`, {
      cause: error,
    });
  }
}

/** Reads lines of a name and a path. */
export function readTools(lines: string): Tools {
  const pathOf = (name: string): string => {
    const [, path] = new RegExp(`^${name} (.+)$`, 'm').exec(lines) ?? [];
    if (!path) throw new Error(`There is no path of ${name} in ${JSON.stringify(lines)}`);
    return path;
  };
  return {
    wrk: pathOf('wrk'),
    nginx: pathOf('nginx'),
    nginxModules: dirname(pathOf('nginx-lua')),
    haproxy: pathOf('haproxy'),
  };
}
