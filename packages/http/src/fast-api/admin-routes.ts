/** Routes under /admin that tell of the app as JSON, to those who have a key. */
import type { App, RouteInfo } from '../app.ts';
import type { HttpContext } from '../context/context.ts';
import { checkNames, outOfRange, unexpected } from '@interpose/kernel/options';
import { normalPath } from '../context/request-path.ts';
import { addAdminCookies, type CookieTemplate } from './admin-cookies.ts';
import { addAdminDocs } from './admin-docs.ts';
import { showAdminPage } from './admin-page.ts';
import { DEFAULT_COOKIE_NAME } from './cookie-form.ts';
import type { AdminFacts } from './admin-facts.ts';

/** Which of the routes there are, and where. A key is needed for all of them, always. */
export interface AdminOptions {
  /** @default '/admin' */
  readonly basePath?: string;
  /** The page, and `admin-info`. @default true */
  readonly showDashboard?: boolean;
  /** `admin-config`. @default true */
  readonly showRoutes?: boolean;
  /** `admin-cookies`. @default true */
  readonly showCookies?: boolean;
  /** `admin-docs`. @default true */
  readonly showDocs?: boolean;
  /** Whether requests can be made from the page of `admin-docs`. @default true */
  readonly allowApiTesting?: boolean;
  /** The cookies that `admin-cookies` knows. @default the one with the key */
  readonly cookieTemplates?: readonly CookieTemplate[];
}

const FLAGS = [
  'showDashboard',
  'showRoutes',
  'showCookies',
  'showDocs',
  'allowApiTesting',
] as const;

/** @throws TypeError or RangeError for options out of range */
export function checkAdminOptions(options: AdminOptions): void {
  checkNames('admin', options, ['basePath', 'cookieTemplates', ...FLAGS]);
  const { basePath = '/admin' } = options;
  if (basePath === '/' || normalPath(basePath) !== basePath || /[:*]|\/$/.test(basePath)) {
    throw outOfRange('admin.basePath', 'a path such as /admin', basePath);
  }
  for (const flag of FLAGS) {
    const value: unknown = options[flag] ?? true;
    if (typeof value !== 'boolean') throw unexpected(`admin.${flag}`, 'true or false', value);
  }
}

const options = { tags: ['admin'], meta: { isDefault: true } } as const;

/** Adds them. */
export function addAdminRoutes<Ctx extends HttpContext>(
  app: App<Ctx>,
  facts: AdminFacts,
  admin: AdminOptions,
): void {
  const { basePath: base = '/admin', allowApiTesting = true } = admin;
  const { showDashboard = true, showRoutes = true, showCookies = true, showDocs = true } = admin;
  if (showDashboard) {
    app.get(base, { meta: { ...options.meta, hidden: true } }, (ctx) =>
      showAdminPage(ctx as unknown as HttpContext, facts, {
        base,
        showRoutes,
        showCookies,
        showDocs,
      }),
    );
    tell(app, `${base}/admin-info`, infoRoutes(facts));
  }
  if (showRoutes) tell(app, `${base}/admin-config`, configRoutes(facts));
  if (showCookies) addAdminCookies(app, base, admin.cookieTemplates ?? [keyTemplate(facts)]);
  if (showDocs) {
    const { document, hasDefaultRoutes } = facts;
    addAdminDocs(app, { base, document, canTry: allowApiTesting, hasDefaultRoutes });
  }
}

type Told = Readonly<Record<string, () => object>>;

function tell<Ctx extends HttpContext>(app: App<Ctx>, base: string, told: Told): void {
  for (const [path, answer] of Object.entries(told)) app.get(`${base}/${path}`, options, answer);
}

function infoRoutes(facts: AdminFacts): Told {
  const { name, version, description } = facts;
  return {
    'server-info': () => ({
      server_id: facts.serverId,
      server_name: facts.serverName,
      server_instance_id: facts.instanceId,
      server_boot_time: facts.bootTime,
      uptime_ms: facts.uptimeMs(),
    }),
    'app-info': () => ({ name, version, description }),
    stats: () => statsOf(facts),
    health: () => ({ status: 'Ok', timestamp: facts.nowMs() }),
  };
}

function configRoutes(facts: AdminFacts): Told {
  return {
    routes: () => facts.routes().map(shown),
    'routes-grouped': () => grouped(facts.routes()),
    middlewares: () => facts.middlewares(),
    'openapi-spec': () => facts.document(),
  };
}

/** The cookie that every FastApi has. */
function keyTemplate({ cookieName }: AdminFacts): CookieTemplate {
  const name = cookieName() ?? DEFAULT_COOKIE_NAME;
  const description = 'The key that lets in';
  const cookies = [{ name, description, category: 'auth', required: true }];
  return { id: 'auth', name: 'Authentication', description, cookies };
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
