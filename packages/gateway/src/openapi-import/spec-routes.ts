/** Makes the routes of a service of the operations in its document. */
import type { PluginUse } from '../gateway-config.ts';
import { nameOf, type ServiceInfo } from './service-info.ts';
import { corsOptions } from './spec-cors.ts';
import { mapOf, resolved, type SpecMap, textOf } from './spec-document.ts';
import { routePath } from './spec-path.ts';
import { below, type SpecReport } from './spec-problem.ts';
import { securityPlugins } from './spec-security.ts';
import { serverUrl } from './spec-servers.ts';

/** An operation, as a route. */
export interface ImportedRoute {
  /** That of `x-route-info`, or of the operation, or else made of method and path. */
  readonly id: string;
  readonly method: string;
  readonly path: string;
  /** The name of the handler in the module of the service. */
  readonly handler: string | undefined;
  /** Another server than that of the service. */
  readonly server: string | undefined;
  readonly plugins: readonly PluginUse[];
  /** The way to the operation in its document. */
  readonly at: string;
}

/** What routes are made of. */
export interface RoutesSource {
  readonly document: SpecMap;
  readonly service: ServiceInfo;
  readonly report: SpecReport;
  /** Whether schemes of security become plugins. */
  readonly hasAuth: boolean;
}

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch'];

/** One route for each operation, in the order of the document. */
export function routesOf(source: RoutesSource): readonly ImportedRoute[] {
  const { document, report } = source;
  const paths = mapOf(document['paths']);
  if (!paths) return [];
  return Object.entries(paths).flatMap(([name, value]) => {
    if (name.startsWith('x-')) return [];
    const at = below('/paths', name);
    const item = resolved(value, { document, path: at, report });
    const made = routePath(name);
    if (!item) return [];
    if ('fault' in made) return report.warning(at, `left out: ${made.fault}`) ?? [];
    if (item['trace'] !== undefined)
      report.warning(below(at, 'trace'), 'left out: TRACE has no route');
    return METHODS.flatMap((method) => {
      const operation = mapOf(item[method]);
      if (!operation) return [];
      return [routeOf(source, { item, operation, method, path: made.path, at })];
    });
  });
}

interface OperationAt {
  readonly item: SpecMap;
  readonly operation: SpecMap;
  readonly method: string;
  readonly path: string;
  /** The way to the path. */
  readonly at: string;
}

function routeOf(source: RoutesSource, where: OperationAt): ImportedRoute {
  const { item, operation, method, path, at } = where;
  const { report } = source;
  const info = mapOf(operation['x-route-info']) ?? {};
  const given = textOf(info['id']) ?? textOf(operation['operationId']) ?? `${method}${path}`;
  const here = below(at, method);
  const [servers, serversAt] =
    operation['servers'] === undefined ? [item['servers'], at] : [operation['servers'], here];
  return {
    id: nameOf(given) || method,
    method: method.toUpperCase(),
    path,
    handler: textOf(info['handler']),
    server: serverUrl({ servers, path: below(serversAt, 'servers'), report }),
    plugins: pluginsOf(source, operation, here),
    at: here,
  };
}

function pluginsOf(
  { document, service, report, hasAuth }: RoutesSource,
  operation: SpecMap,
  at: string,
): readonly PluginUse[] {
  const info = mapOf(operation['x-route-info']) ?? {};
  const cors = corsOptions(
    [
      { value: service.cors, path: '/x-service-info/cors' },
      { value: operation['x-cors'], path: below(at, 'x-cors') },
      { value: info['cors'], path: below(below(at, 'x-route-info'), 'cors') },
    ],
    report,
  );
  const cache = info['cache'];
  const security = operation['security'] ?? document['security'];
  return [
    ...(cors ? [{ name: 'cors', options: cors }] : []),
    ...(hasAuth
      ? securityPlugins({
          document,
          security,
          path: below(at, 'security'),
          report,
          service: service.id,
        })
      : []),
    ...(cache ? [{ name: 'response-cache', options: cacheOptions(cache) }] : []),
  ];
}

function cacheOptions(cache: unknown): SpecMap {
  const { enabled: _, ...options } = mapOf(cache) ?? {};
  return options;
}
