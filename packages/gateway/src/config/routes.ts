/** Reads the routes: which requests go where, and through which plugins of their own. */
import { METHODS } from 'node:http';
import { nearest } from '@interpose/kernel/options';
import type { PluginUse, RouteConfig } from '../gateway-config.ts';
import type { Report } from './problem.ts';
import { fixedResponse } from './fixed-response.ts';
import { beginsWith, pathFault, prefixFault } from './route-path.ts';
import { oneOf, text } from './scalar-shapes.ts';
import { isBroken, listOf, optional, readFields, required, type Shape } from './shape.ts';
import { shown, type SourceNode } from './source.ts';
import { nameFault } from './upstreams.ts';

/** A route as far as it could be read, with the node it came from. */
export interface ReadRoute {
  readonly node: SourceNode;
  readonly route: Partial<RouteConfig>;
}

/** A tunnel has no route, and TRACE would show what others put into the request. */
const REFUSED = new Set(['CONNECT', 'TRACE']);
const METHOD_NAMES = METHODS.filter((method) => !REFUSED.has(method));
const COMMON = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

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

function readRoute(
  node: SourceNode,
  of: { plugins: Shape<readonly PluginUse[]>; report: Report },
): Partial<RouteConfig> | undefined {
  const { report } = of;
  const route = readFields<RouteConfig>(
    node,
    {
      name: required(
        text({
          wanted: 'a name',
          fault: (name) => nameFault(name)?.replace('expected a name', 'it may consist') ?? false,
        }),
      ),
      path: required(text({ wanted: 'a path such as /users/:id or /files/*', fault: pathFault })),
      methods: optional(atLeastOne(listOf(methodName, { wanted: 'a list of methods' }))),
      host: optional(
        text({
          wanted: 'a host name, or *.example.com',
          fault: (host) => host.length > 253 || !HOST.test(host),
        }),
      ),
      upstream: optional(text({ wanted: 'the name of an upstream' })),
      stripPrefix: optional(text({ wanted: 'a path without "*" and ":"', fault: prefixFault })),
      respond: optional(fixedResponse),
      plugins: optional(of.plugins, []),
    },
    { what: 'a route', report },
  );
  if (route !== undefined) checkTarget(node, report);
  if (route !== undefined) checkPrefix(node, route, report);
  return route;
}

const HOST = /^(\*\.)?[a-z\d]([a-z\d-]*[a-z\d])?(\.[a-z\d]([a-z\d-]*[a-z\d])?)*$/i;

function entryOf(node: SourceNode, key: string): SourceNode | undefined {
  return node.kind === 'map' ? node.entries.get(key)?.value : undefined;
}

function checkTarget(node: SourceNode, report: Report): void {
  const upstream = entryOf(node, 'upstream');
  const answer = entryOf(node, 'respond');
  if (upstream && answer) {
    report.error('oneOfTwo', answer, 'a route has either "upstream" or "respond", got both');
  } else if (!upstream && !answer && !isMisspelt(node)) {
    report.error(
      'oneOfTwo',
      node,
      'a route needs "upstream" (a name) or "respond" (a fixed answer), got neither',
    );
  }
}

/** True if a key looks like one of the two, which has been said already. */
function isMisspelt(node: SourceNode): boolean {
  const keys = node.kind === 'map' ? [...node.entries.keys()] : [];
  return keys.some(
    (key) => !ROUTE_KEYS.has(key) && nearest(key, ['upstream', 'respond']) !== undefined,
  );
}

const ROUTE_KEYS = new Set(['name', 'path', 'methods', 'host', 'stripPrefix', 'plugins']);

function checkPrefix(node: SourceNode, route: Partial<RouteConfig>, report: Report): void {
  const strip = entryOf(node, 'stripPrefix');
  const { path, stripPrefix } = route;
  if (strip === undefined) return;
  if (entryOf(node, 'respond')) {
    report.error('badValue', strip, '"stripPrefix" has no meaning for a route with "respond"');
  } else if (path !== undefined && stripPrefix !== undefined && !beginsWith(path, stripPrefix)) {
    report.error(
      'badValue',
      strip,
      `expected a beginning of the path ${shown(entryOf(node, 'path') ?? node)}, got ${shown(strip)}`,
    );
  }
}

const methodName: Shape<string> = (node, report) => {
  const isKnown = node.kind === 'scalar' && METHOD_NAMES.includes(String(node.value));
  return oneOf(isKnown ? METHOD_NAMES : COMMON)(node, report);
};

function atLeastOne<T>(shape: Shape<readonly T[]>): Shape<readonly T[]> {
  return (node, report) => {
    if (node.kind === 'list' && node.items.length === 0) {
      report.error(
        'badValue',
        node,
        'expected at least one method; leave "methods" out for every method',
      );
    }
    return shape(node, report);
  };
}
