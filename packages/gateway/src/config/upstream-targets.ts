/** Reads where the targets of an upstream are, and how requests are shared out among them. */
import {
  BALANCE_NAMES,
  type DiscoveryConfig,
  type HashBalanceConfig,
  type TargetConfig,
  type UpstreamConfig,
} from '../upstream/upstream-config.ts';
import { isKeyText } from '../upstream/request-key.ts';
import { described } from './probe.ts';
import type { Report } from './problem.ts';
import { number, oneOf, text } from './scalar-shapes.ts';
import { listOf, optional, readFields, required, type Shape } from './shape.ts';
import type { SourceNode } from './source.ts';

const targetUrl: Shape<string> = (node, report) =>
  text({
    wanted: 'a URL such as http://127.0.0.1:8090',
    fault: urlFault,
    secret: holdsPassword(node),
  })(node, report);

/** The shape of `url`. */
export const urlShape: Shape<string> = described(
  'Scheme, host, port, and the path that comes before the path of each request.',
  targetUrl,
);

/** The shape of a zone. */
export const zoneShape: Shape<string> = text({
  wanted: 'the name of a zone',
  fault: (zone) => zone === '',
});

const target: Shape<TargetConfig> = (node, report) =>
  readFields<TargetConfig>(
    node,
    {
      url: required(urlShape),
      weight: optional(number({ min: 0, max: 1_000_000 })),
      zone: optional(zoneShape),
    },
    { what: 'a target', report },
  ) as TargetConfig | undefined;

/** The shape of `targets`. */
export const targetsShape: Shape<readonly TargetConfig[]> = (node, report) => {
  if (node.kind === 'list') checkTargets(node.items, report);
  if (node.kind === 'list' && node.items.length === 0) {
    return report.error('badValue', node, 'expected at least one target');
  }
  return listOf(target, { wanted: 'a list of targets, each with "- " before it' })(node, report);
};

/** Two targets at one place would be one with two weights. */
function checkTargets(items: readonly SourceNode[], report: Report): void {
  const lines = new Map<string, number>();
  for (const item of items) {
    const url = item.kind === 'map' ? item.entries.get('url')?.value : undefined;
    if (url?.kind !== 'scalar' || typeof url.value !== 'string' || !URL.canParse(url.value))
      continue;
    const { href } = new URL(url.value);
    const first = lines.get(href);
    if (first === undefined) lines.set(href, url.place.line);
    else report.error('badValue', url, `this target is there already, in line ${first}`);
  }
}

const hashBalance: Shape<HashBalanceConfig> = (node, report) =>
  readFields<HashBalanceConfig>(
    node,
    {
      kind: required(oneOf(['consistent-hash'])),
      by: required(
        text({
          wanted: '"address", "path", "header: X", "cookie: X" or "query: X"',
          fault: (by) => !isKeyText(by),
        }),
      ),
      loadBound: optional(number({ min: 0, max: 1000 })),
    },
    { what: '"balance"', report },
  ) as HashBalanceConfig | undefined;

/** The shape of `balance`. */
export const balanceShape: Shape<NonNullable<UpstreamConfig['balance']>> = (node, report) =>
  node.kind === 'map' ? hashBalance(node, report) : oneOf(BALANCE_NAMES)(node, report);

const discovery: Shape<DiscoveryConfig> = (node, report) =>
  readFields<DiscoveryConfig>(
    node,
    {
      kind: required(oneOf(['dns'])),
      family: optional(family),
      everyMs: optional(number({ whole: true, min: 1 })),
    },
    { what: '"discover"', report },
  ) as DiscoveryConfig | undefined;

const family: Shape<4 | 6> = (node, report) => {
  const read = number({ whole: true, min: 4, max: 6 })(node, report);
  if (read === 5) return report.error('badValue', node, 'expected 4 or 6, got 5');
  return read as 4 | 6 | undefined;
};

/** The shape of `discover`. */
export const discoverShape: Shape<NonNullable<UpstreamConfig['discover']>> = (node, report) =>
  node.kind === 'map' ? discovery(node, report) : oneOf(['dns'])(node, report);

function urlFault(value: string): string | boolean {
  if (!URL.canParse(value)) return true;
  const url = new URL(value);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    return 'it must begin with http:// or https://';
  if (url.username !== '' || url.password !== '') return 'it must have no user and password';
  return url.search !== '' || url.hash !== '' ? 'it must have no query and no fragment' : false;
}

function holdsPassword(node: SourceNode): boolean {
  return node.kind === 'scalar' && typeof node.value === 'string' && node.value.includes('@');
}
