/** Reads the routes: which requests go where, and through which plugins of their own. */
import type { PluginUse, RouteConfig } from '../gateway-config.ts';
import type { Report } from './problem.ts';
import { fixedResponse } from './fixed-response.ts';
import { methodList } from './methods.ts';
import { checkAnswer } from './route-answer.ts';
import { hostShape, matchShape, trailingSlashShape } from './route-match.ts';
import { pathFault, prefixFault } from './route-path.ts';
import { mirrorShape, upgradesShape } from './route-streams.ts';
import {
  canaryShape,
  redirectShape,
  rewriteShape,
  splitShape,
  stickyShape,
} from './route-target.ts';
import { number, text } from './scalar-shapes.ts';
import { type Fields, isBroken, optional, readFields, required, type Shape } from './shape.ts';
import { shown, type SourceNode } from './source.ts';
import { nameFault } from './upstreams.ts';

/** A route as far as it could be read, with the node it came from. */
export interface ReadRoute {
  readonly node: SourceNode;
  readonly route: Partial<RouteConfig>;
}

/** Reads every route, also those with faults, so that all of them can be held against each other. */
export function readRoutes(
  node: SourceNode | undefined,
  of: { plugins: Shape<readonly PluginUse[]>; report: Report },
): ReadRoute[] {
  const { report } = of;
  if (node === undefined || isBroken(node, report)) return [];
  if (node.kind !== 'list') {
    report.error(
      'wrongType',
      node,
      `expected a list of routes, each with "- " before it, got ${shown(node)}`,
    );
    return [];
  }
  if (node.items.length === 0) report.error('missing', node, 'expected at least one route');
  return node.items.map((item) => ({ node: item, route: readRoute(item, of) ?? {} }));
}

/** The longest time that a timer of Node can hold. */
const MOST_MS = 2 ** 31 - 1;
const someMs = number({ whole: true, min: 1, max: MOST_MS });

const routeName = text({
  wanted: 'a name',
  fault: (name) => nameFault(name)?.replace('expected a name', 'it may consist') ?? false,
});

/** All keys but for the plugins, whose shape depends on which there are. */
const FIELDS: Omit<Fields<RouteConfig>, 'plugins'> = {
  name: required(routeName),
  path: required(text({ wanted: 'a path such as /users/:id or /files/*', fault: pathFault })),
  methods: optional(methodList),
  host: optional(hostShape),
  match: optional(matchShape),
  trailingSlash: optional(trailingSlashShape),
  upstream: optional(text({ wanted: 'the name of an upstream' })),
  split: optional(splitShape),
  canary: optional(canaryShape),
  sticky: optional(stickyShape),
  handler: optional(text({ wanted: 'the name of a handler' })),
  redirect: optional(redirectShape),
  respond: optional(fixedResponse),
  stripPrefix: optional(text({ wanted: 'a path without "*" and ":"', fault: prefixFault })),
  rewrite: optional(rewriteShape),
  timeoutMs: optional(someMs),
  maxBodyBytes: optional(number({ whole: true, min: 0 })),
  upgrades: optional(upgradesShape),
  upgradeIdleMs: optional(someMs),
  mirror: optional(mirrorShape),
};

/** Reads one route, as far as it goes. */
export function readRoute(
  node: SourceNode,
  { plugins, report }: { plugins: Shape<readonly PluginUse[]>; report: Report },
): Partial<RouteConfig> | undefined {
  const fields: Fields<RouteConfig> = { ...FIELDS, plugins: optional(plugins, []) };
  const route = readFields<RouteConfig>(node, fields, { what: 'a route', report });
  if (route !== undefined) checkAnswer(node, route, report);
  return route;
}
