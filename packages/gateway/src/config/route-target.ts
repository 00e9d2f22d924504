/** Reads where the requests of a route go: several upstreams, a canary, another address, and what is changed on the way. */
import type {
  Canary,
  QueryEdit,
  Redirect,
  Rewrite,
  SplitTarget,
  StickyBy,
} from '../routing/route-options.ts';
import { tells, variableSchema } from './probe.ts';
import { redirectFault } from './redirect-address.ts';
import { tokenName } from './route-match.ts';
import { pathFault, prefixFault } from './route-path.ts';
import { flag, number, oneOf, text } from './scalar-shapes.ts';
import {
  type Fields,
  isBroken,
  listOf,
  optional,
  readFields,
  recordOf,
  required,
  type Shape,
} from './shape.ts';
import { shown } from './source.ts';

const upstreamName = text({ wanted: 'the name of an upstream' });
const texts = recordOf({ value: text({ wanted: 'text' }), wanted: 'a mapping of names to texts' });

function fieldsOf<T>(what: string, fields: Fields<T>): Shape<T> {
  return (node, report) => readFields<T>(node, fields, { what, report }) as T | undefined;
}

/** The shape of `split`. */
export const splitShape: Shape<readonly SplitTarget[]> = (node, report) => {
  const targets = listOf(
    fieldsOf<SplitTarget>('a part of "split"', {
      upstream: required(upstreamName),
      weight: optional(number({ min: 0, max: 1_000_000 })),
    }),
    { wanted: 'a list of upstreams with their weights' },
  )(node, report);
  if (node.kind !== 'list') return targets;
  if (node.items.length === 0) {
    report.error('badValue', node, 'expected at least one upstream');
  } else if (targets?.length && targets.every(({ weight }) => weight === 0)) {
    report.error('badValue', node, 'expected a weight above 0, got 0 for all');
  }
  return targets;
};

/** The shape of `canary`. */
export const canaryShape: Shape<Canary> = (node, report) => {
  const canary = fieldsOf<Canary>('"canary"', {
    upstream: required(upstreamName),
    percent: optional(number({ min: 0, max: 100 })),
    header: optional(tokenName),
    cookie: optional(tokenName),
  })(node, report);
  if (node.kind !== 'map') return canary;
  if (!['percent', 'header', 'cookie'].some((name) => node.entries.has(name))) {
    report.error('missing', node, '"canary" needs at least one of percent, header and cookie');
  }
  return canary;
};

/** The shape of `sticky`. */
export const stickyShape: Shape<StickyBy> = (node, report) => {
  if (isBroken(node, report)) return undefined;
  if (node.kind === 'scalar') {
    return oneOf(['address', 'consumer'])(node, report);
  }
  const fields = readFields<{ readonly header?: string; readonly cookie?: string }>(
    node,
    { header: optional(tokenName), cookie: optional(tokenName) },
    { what: '"sticky"', report },
  );
  if (fields === undefined || Object.keys(fields).length === 1)
    return fields as StickyBy | undefined;
  return report.error(
    'badValue',
    node,
    `expected address, consumer, or one of header and cookie with a name, got ${shown(node)}`,
  );
};

/** The shape of `rewrite`. */
export const rewriteShape: Shape<Rewrite> = fieldsOf<Rewrite>('"rewrite"', {
  path: optional(text({ wanted: 'a path such as /new/:id/*', fault: pathFault })),
  prefix: optional(text({ wanted: 'a path without "*" and parameters', fault: prefixFault })),
  query: optional(
    fieldsOf<QueryEdit>('"query"', {
      set: optional(texts),
      remove: optional(listOf(text({ wanted: 'a name' }), { wanted: 'a list of names' })),
      add: optional(texts),
    }),
  ),
  host: optional(
    text({
      wanted: 'a host name, perhaps with a port',
      fault: (host) => !/^[a-z\d][a-z\d.-]*(?::\d{1,5})?$/i.test(host),
    }),
  ),
});

const STATUSES = [301, 302, 307, 308] as const;

/** Numbers that come from the environment are texts. */
const redirectStatus: Shape<(typeof STATUSES)[number]> = (node, report) => {
  if (tells(node, () => ({ anyOf: [{ enum: STATUSES }, variableSchema] }))) return undefined;
  const status = number({ whole: true })(node, report);
  const found = STATUSES.find((one) => one === status);
  if (found !== undefined || status === undefined) return found;
  return report.error('badValue', node, `expected one of ${STATUSES.join(', ')}, got ${status}`);
};

/** The shape of `redirect`. */
export const redirectShape: Shape<Redirect> = fieldsOf<Redirect>('"redirect"', {
  to: required(text({ wanted: 'a path such as /new/:id/*, or an address', fault: redirectFault })),
  status: optional(redirectStatus),
  keepQuery: optional(flag),
});
