/** Who is measured: gateways that do the same six things, and ours with more to look through. */
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Contender, Kind } from '../processes/case.ts';
import { onNginx } from '../processes/nginx-contender.ts';
import { nodeContender } from '../processes/node-contender.ts';
import { freePort } from '../processes/server-process.ts';
import { caddy } from './servers/caddy.ts';
import { haproxy } from './servers/haproxy.ts';
import type { Variant } from './servers/interpose.ts';
import { nginxLua } from './servers/nginx-lua.ts';

const onNode = (name: string, file: string, kind: Kind = 'node'): Contender =>
  nodeContender({ name, file: `gateway/servers/${file}.ts`, kind });

function ours(name: string, variant: Variant): Contender {
  return {
    name,
    kind: 'ours',
    launch: async ({ bundled, upstreamPort }) => ({
      command: [
        process.execPath,
        await bundled('gateway/servers/interpose.ts'),
        `http://127.0.0.1:${upstreamPort}`,
        variant,
      ],
    }),
  };
}

/** The gateways; the first is the reference. */
export const gateways: readonly Contender[] = [
  onNginx('nginx with Lua', (site, { upstreamPort, tools }) =>
    nginxLua(site, upstreamPort, dirname(tools('nginx-lua'))),
  ),
  ours('interpose', 'plain'),
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
  {
    name: 'Caddy, without a limit',
    kind: 'other',
    async launch({ folder, tools, upstreamPort }) {
      const port = await freePort();
      const file = join(folder, `Caddyfile-${port}`);
      writeFileSync(file, caddy(port, upstreamPort));
      return { command: [tools('caddy'), 'run', '--adapter', 'caddyfile', '--config', file], port };
    },
  },
  onNode('undici dispatch', 'undici-dispatch'),
  onNode('@fastify/http-proxy', 'fastify-proxy'),
  onNode('fast-gateway', 'fast-gateway'),
  onNode('http-proxy-3', 'http-proxy'),
];

/** Ours, and ours with more to look through. */
export const sizes: readonly Contender[] = [
  ours('interpose', 'plain'),
  ours('with 10 more routes', '10 more routes'),
  ours('with 1,000 more routes', '1,000 more routes'),
  ours('with 1,000 more blocked ranges', '1,000 more blocked ranges'),
];
