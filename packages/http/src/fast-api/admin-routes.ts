/** Routes under /admin that tell of the app as JSON, to those who have a key. */
import type { App, RouteInfo } from '../app.ts';
import type { HttpContext } from '../context.ts';
import type { ServerFacts } from './default-routes.ts';

/** What the routes tell besides the facts. */
export interface AdminFacts extends ServerFacts {
  readonly uptimeMs: () => number;
  readonly nowMs: () => number;
  readonly hasStaticFiles: boolean;
  readonly middlewares: () => readonly object[];
}

const options = { meta: { isDefault: true, tag: 'admin' } } as const;

/** Adds them. */
export function addAdminRoutes<Ctx extends HttpContext>(app: App<Ctx>, facts: AdminFacts): void {
  const { name, version, description } = facts;
  const told: Readonly<Record<string, () => object>> = {
    'admin-info/server-info': () => ({
      server_id: facts.serverId,
      server_name: facts.serverName,
      server_instance_id: facts.instanceId,
      server_boot_time: facts.bootTime,
      uptime_ms: facts.uptimeMs(),
    }),
    'admin-info/app-info': () => ({ name, version, description }),
    'admin-info/stats': () => statsOf(facts),
    'admin-info/health': () => ({ status: 'Ok', timestamp: facts.nowMs() }),
    'admin-config/routes': () => facts.routes().map(shown),
    'admin-config/routes-grouped': () => grouped(facts.routes()),
    'admin-config/middlewares': () => facts.middlewares(),
  };
  for (const [path, tell] of Object.entries(told)) app.get(`/admin/${path}`, tell, options);
}

function statsOf({ routes, middlewares, hasStaticFiles }: AdminFacts): object {
  const all = routes();
  const counted = (keys: readonly string[]): Readonly<Record<string, number>> => {
    const counts: Record<string, number> = {};
    for (const key of keys) counts[key] = (counts[key] ?? 0) + 1;
    return counts;
  };
  return {
    total_routes: all.length,
    methods: counted(all.flatMap(({ methods }) => methods)),
    prefixes: counted(all.map(({ path }) => prefixOf(path))),
    middlewares_count: middlewares().length,
    has_static_files: hasStaticFiles,
  };
}

function grouped(routes: readonly RouteInfo[]): object {
  const groups = new Map<string, object[]>();
  for (const route of routes) {
    const prefix = prefixOf(route.path);
    groups.set(prefix, [...(groups.get(prefix) ?? []), shown(route)]);
  }
  return Object.fromEntries(groups);
}

const shown = ({ name, methods, path, meta }: RouteInfo): object => ({
  name,
  methods,
  path,
  is_default: meta['isDefault'] === true,
});

const prefixOf = (path: string): string => `/${path.split('/')[1] ?? ''}`;
