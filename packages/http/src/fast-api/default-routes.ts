/** The routes that every FastApi has, unless it is told otherwise: status, version, documentation, and the cookie form. */
import type { App, RouteInfo } from '../app.ts';
import type { HttpContext } from '../context/context.ts';
import { setAuthCookie, showCookieForm } from './cookie-form.ts';
import type { OpenApiDocument } from '../openapi/document.ts';
import { addDocsRoutes } from './docs-routes.ts';

/** Paths that need no key: what has to be reached in order to get one, or to see that the server is there. */
export const OPEN_PATHS: readonly string[] = [
  '/auth/set-cookie-form',
  '/auth/set-auth-cookie',
  '/config/status',
  '/docs',
  '/openapi.json',
  '/redoc',
  '/static-docs/*',
];

/** What the routes tell. */
export interface ServerFacts {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly serverId: string;
  readonly serverName: string;
  readonly instanceId: string;
  readonly bootTime: number;
  /** The name of the header and the cookie with the key. */
  readonly cookieName: () => string | undefined;
  readonly routes: () => readonly RouteInfo[];
  readonly document: () => OpenApiDocument;
}

const meta = { isDefault: true } as const;
const CONFIG = { tags: ['config'], meta } as const;
const AUTH = { tags: ['auth'], meta } as const;

/** Adds them. */
export function addDefaultRoutes<Ctx extends HttpContext>(app: App<Ctx>, facts: ServerFacts): void {
  app
    .get('/', { meta: { ...meta, hidden: true } }, (ctx) => {
      ctx.response.status = 307;
      ctx.response.headers.set('Location', '/docs');
      return null;
    })
    // The one is for whoever watches over the server, the other for those who have a key.
    .get('/config/status', CONFIG, () => ({ status: 'ok' }))
    .get('/status', CONFIG, () => ({ status: 'ok' }))
    .get('/config/version', CONFIG, () => ({ version: facts.version }))
    .get('/config/info', CONFIG, () => ({
      server_id: facts.serverId,
      server_name: facts.serverName,
      server_instance_id: facts.instanceId,
      server_boot_time: facts.bootTime,
    }))
    .get('/auth/set-cookie-form', AUTH, (ctx) =>
      showCookieForm(ctx as unknown as HttpContext, facts.cookieName()),
    )
    .post('/auth/set-auth-cookie', AUTH, (ctx) =>
      setAuthCookie(ctx as unknown as HttpContext, facts.cookieName()),
    );
  addDocsRoutes(app, facts.document);
}
