/** The suite of the gateway: what a proxied request costs with six things done to it, beside other gateways that do the same. */
import type { Case, ProcessSuite } from '../processes/case.ts';
import { launchUpstream } from '../wire/contenders.ts';
import { contentOf, SIZES } from '../wire/servers/nginx-upstream.ts';
import { gateways, sizes } from './contenders.ts';
import { proxied, SHOWING } from './six-things.ts';

const caseOf = (part: Pick<Case, 'name' | 'contenders'> & Partial<Case>): Case => ({
  kind: 'capacity',
  connections: 64,
  asked: [proxied('/1k', contentOf(SIZES['/1k'] ?? NaN))],
  alsoAsked: SHOWING,
  targets: [],
  // The upstream takes its share of the load's core.
  mostPerSecond: 15_000,
  ...part,
});

/** CPU time, memory and latency of gateways on one core. */
export const processSuite: ProcessSuite = {
  name: 'gateway',
  programs: ['nginx', 'nginx-lua', 'haproxy', 'caddy'],
  upstream: launchUpstream,
  cases: [
    caseOf({
      name: 'six things and a proxied 1 KB',
      contenders: gateways,
      targets: [
        { figure: 'CPU', of: 'nginx with Lua', atMost: 1.1 },
        { figure: 'CPU', of: 'undici dispatch', atMost: 0.55 },
        { figure: 'CPU', of: '@fastify/http-proxy', atMost: 0.27 },
        { figure: 'CPU', of: 'fast-gateway', atMost: 0.27 },
      ],
    }),
    caseOf({
      name: 'six things at half load',
      kind: 'half load',
      contenders: gateways.slice(0, 2),
      targets: [{ figure: 'p99', of: 'nginx with Lua', atMost: 2 }],
    }),
    caseOf({
      name: 'more to look through',
      contenders: sizes,
      morePairs: 3,
      targets: [{ figure: 'added CPU', of: 'interpose', atMost: 1 }],
    }),
  ],
};
