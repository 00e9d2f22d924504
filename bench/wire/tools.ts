/** The programs that the suite needs and that npm does not bring: found, else installed, else named as missing. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where the programs lie. */
export interface Tools {
  readonly wrk: string;
  readonly nginx: string;
  /** The folder of the modules that nginx can load. */
  readonly nginxModules: string;
  readonly haproxy: string;
}

/** What is looked for, where, and the Debian packages that bring it. */
const WANTED: Readonly<Record<keyof Tools, { file: string; packages: readonly string[] }>> = {
  wrk: { file: 'wrk', packages: ['wrk'] },
  nginx: { file: 'nginx', packages: ['nginx-light'] },
  nginxModules: { file: 'ngx_http_lua_module.so', packages: ['libnginx-mod-http-lua'] },
  haproxy: { file: 'haproxy', packages: ['haproxy'] },
};

/** A Debian system has programs there that are not on everybody's path, and modules. */
const FOLDERS: readonly string[] = ['/usr/sbin', '/usr/local/sbin', '/usr/lib/nginx/modules'];

/** Finds everything, and installs what is missing where that may be done. */
export function findTools(installer: string): Tools {
  if (!look().missing.length) return look().tools;
  const packages = look().missing.flatMap((name) => WANTED[name].packages);
  spawnSync(process.execPath, [installer, ...packages], { stdio: ['ignore', 2, 2] });
  const { tools, missing } = look();
  if (!missing.length) return tools;
  const files = missing.map((name) => WANTED[name].file).join(', ');
  throw new Error(
    `The suite wire needs what is not here: ${files}. On Debian: apt-get install ${packages.join(' ')}`,
  );
}

function look(): { tools: Tools; missing: (keyof Tools)[] } {
  const names = Object.keys(WANTED) as (keyof Tools)[];
  const found = names.map((name) => [name, folderOf(WANTED[name].file)] as const);
  const tools = Object.fromEntries(
    found.map(([name, folder = '']) => [
      name,
      name === 'nginxModules' ? folder : join(folder, WANTED[name].file),
    ]),
  );
  const missing = found.filter(([, folder]) => folder === undefined).map(([name]) => name);
  return { tools: tools as unknown as Tools, missing };
}

function folderOf(file: string): string | undefined {
  const path = (process.env['PATH'] ?? '').split(delimiter);
  return [...path, ...FOLDERS].find((folder) => {
    try {
      accessSync(join(folder, file), constants.R_OK);
      return true;
    } catch {
      return false;
    }
  });
}
