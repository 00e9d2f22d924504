/** Reads the upstreams to which the gateway sends. */
import { nearest } from '@interpose/kernel/options';
import type { GatewayConfig } from '../gateway-config.ts';
import { FORWARDED_WORDS, type UpstreamConfig } from '../upstream/upstream-config.ts';
import type { Report } from './problem.ts';
import { flag, number, oneOf } from './scalar-shapes.ts';
import { optional, readFields, recordOf, type Shape } from './shape.ts';
import type { MapNode } from './source.ts';
import {
  breakerShape,
  bulkheadShape,
  duration,
  healthShape,
  outliersShape,
  poolShape,
  retryShape,
  stickyShape,
  tlsShape,
} from './upstream-policies.ts';
import {
  balanceShape,
  discoverShape,
  targetsShape,
  urlShape,
  zoneShape,
} from './upstream-targets.ts';

const upstream: Shape<UpstreamConfig> = (node, report) => {
  const read = readFields<UpstreamConfig>(
    node,
    {
      url: optional(urlShape),
      targets: optional(targetsShape),
      discover: optional(discoverShape),
      balance: optional(balanceShape),
      zone: optional(zoneShape),
      sticky: optional(stickyShape),
      health: optional(healthShape),
      outliers: optional(outliersShape),
      panicPercent: optional(number({ min: 0, max: 100 })),
      retry: optional(retryShape),
      breaker: optional(breakerShape),
      bulkhead: optional(bulkheadShape),
      tls: optional(tlsShape),
      pool: optional(poolShape),
      connectTimeoutMs: optional(duration),
      firstByteTimeoutMs: optional(duration),
      idleTimeoutMs: optional(duration),
      timeoutMs: optional(duration),
      preserveHost: optional(flag),
      forwarded: optional(oneOf(FORWARDED_WORDS)),
    },
    { what: 'an upstream', report },
  );
  if (read && node.kind === 'map') checkPlaces(node, report);
  return read as UpstreamConfig | undefined;
};

/** An upstream is either one place or a list of them. */
function checkPlaces(node: MapNode, report: Report): void {
  const { entries } = node;
  const targets = entries.get('targets');
  if (entries.has('url') && targets) {
    report.error('oneOfTwo', targets.value, 'an upstream has either "url" or "targets", got both');
  } else if (!entries.has('url') && !targets && !isMisspelt(node)) {
    report.error('missing', node, 'an upstream needs "url", or "targets"');
  }
}

/** True if a key looks like one of the two, which has been said already. */
function isMisspelt({ entries }: MapNode): boolean {
  return [...entries.keys()].some(
    (key) => nearest(key, ['url', 'targets', 'target']) !== undefined,
  );
}

/** The shape of `upstreams`. */
export const upstreamsShape: Shape<GatewayConfig['upstreams']> = recordOf({
  value: upstream,
  wanted: 'a mapping of names to upstreams',
  keyFault: (name) => nameFault(name),
});

/** What is wrong with a name that other places refer to, if anything. */
export function nameFault(name: string): string | undefined {
  return /^[A-Za-z\d][\w.-]*$/.test(name)
    ? undefined
    : 'expected a name of letters, digits, ".", "_" and "-"';
}
