/** A contender that is an nginx with a configuration of its own. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Contender, Surroundings } from './case.ts';
import { type Launch, freePort } from './server-process.ts';

/** Writes a configuration for an nginx that keeps its files in a folder and listens on a port. */
export type NginxConfig = (site: { folder: string; port: number }, around: Surroundings) => string;

/** An nginx. */
export function onNginx(name: string, config: NginxConfig): Contender {
  return { name, kind: 'other', launch: (around) => nginxLaunch(name, config, around) };
}

/** How an nginx is started. */
export async function nginxLaunch(
  name: string,
  config: NginxConfig,
  around: Surroundings,
): Promise<Launch> {
  const port = await freePort();
  const { folder, tools } = around;
  const file = join(folder, `${name.replaceAll(' ', '-')}-${port}.conf`);
  writeFileSync(file, config({ folder, port }, around));
  // Where it writes before it has read the configuration.
  const log = join(folder, `nginx-${port}.log`);
  return { command: [tools('nginx'), '-p', folder, '-e', log, '-c', file], port };
}
