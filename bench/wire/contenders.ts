/** Who is measured: each contender, and how it is started. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Contender, Kind, Surroundings } from '../processes/case.ts';
import { nodeContender } from '../processes/node-contender.ts';
import { nginxLaunch, onNginx } from '../processes/nginx-contender.ts';
import { type Launch, freePort } from '../processes/server-process.ts';
import { haproxy } from './servers/haproxy.ts';
import { nginxLua } from './servers/nginx-lua.ts';
import { nginxProxy } from './servers/nginx-proxy.ts';
import { contentOf, SIZES, nginxUpstream } from './servers/nginx-upstream.ts';

const onNode = (name: string, file: string, kind: Kind = 'node'): Contender =>
  nodeContender({ name, file: `wire/servers/${file}.ts`, kind });

/** The servers; the first is the reference. */
export const servers: readonly Contender[] = [
  onNode('node:http', 'node-http'),
  onNode('interpose', 'interpose-hello', 'ours'),
  onNode('Fastify', 'fastify'),
  onNode('Hono', 'hono'),
  onNode('Express', 'express'),
  onNode('Koa', 'koa'),
];

/** The proxies; the first is the reference. */
export const proxies: readonly Contender[] = [
  onNginx('nginx', (site, { upstreamPort }) => nginxProxy(site, upstreamPort)),
  onNode('interpose', 'interpose-proxy', 'ours'),
  onNginx('nginx with Lua', (site, { upstreamPort, tools }) =>
    nginxLua(site, upstreamPort, dirname(tools('nginx-lua'))),
  ),
  {
    name: 'haproxy',
    kind: 'other',
    async launch({ folder, tools, upstreamPort }) {
      const port = await freePort();
      const file = join(folder, `haproxy-${port}.cfg`);
      writeFileSync(file, haproxy(port, upstreamPort));
      return { command: [tools('haproxy'), '-db', '-f', file], port };
    },
  },
  onNode('undici dispatch', 'undici-dispatch'),
  onNode('@fastify/http-proxy', 'fastify-proxy'),
];

/** What all proxies hand requests on to. */
export function launchUpstream(around: Surroundings): Promise<Launch> {
  const files = join(around.folder, 'files');
  mkdirSync(files, { recursive: true });
  for (const [path, bytes] of Object.entries(SIZES)) {
    writeFileSync(join(files, path), contentOf(bytes));
  }
  return nginxLaunch('upstream', nginxUpstream, around);
}
