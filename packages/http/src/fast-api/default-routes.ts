/** The routes that every FastApi has, unless it is told otherwise: status, version, documentation, and the cookie form. */
import type { App, RouteInfo } from '../app.ts';
import type { HttpContext } from '../context.ts';
import { setAuthCookie, showCookieForm } from './cookie-form.ts';
import { escaped, page } from './page.ts';

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
}

const meta = (tag: string): { readonly meta: Readonly<Record<string, unknown>> } => ({
  meta: { isDefault: true, tag },
});

/** Adds them. */
export function addDefaultRoutes<Ctx extends HttpContext>(app: App<Ctx>, facts: ServerFacts): void {
  app
    .get(
      '/',
      (ctx) => {
        ctx.response.status = 307;
        ctx.response.headers.set('Location', '/docs');
        return null;
      },
      meta('root'),
    )
    .get('/docs', (ctx) => showDocs(ctx as unknown as HttpContext, facts), meta('docs'))
    // The one is for whoever watches over the server, the other for those who have a key.
    .get('/config/status', () => ({ status: 'ok' }), meta('config'))
    .get('/status', () => ({ status: 'ok' }), meta('config'))
    .get('/config/version', () => ({ version: facts.version }), meta('config'))
    .get(
      '/config/info',
      () => ({
        server_id: facts.serverId,
        server_name: facts.serverName,
        server_instance_id: facts.instanceId,
        server_boot_time: facts.bootTime,
      }),
      meta('config'),
    )
    .get(
      '/auth/set-cookie-form',
      (ctx) => showCookieForm(ctx as unknown as HttpContext, facts.cookieName()),
      meta('auth'),
    )
    .post(
      '/auth/set-auth-cookie',
      (ctx) => setAuthCookie(ctx as unknown as HttpContext, facts.cookieName()),
      meta('auth'),
    );
}

function showDocs(ctx: HttpContext, { name, version, description, routes }: ServerFacts): string {
  const rows = routes().map(
    ({ methods, path }) =>
      `<tr><td>${escaped(methods.join(', ') || 'any')}<td><code>${escaped(path)}</code>`,
  );
  return page(
    ctx,
    `${name} ${version}`,
    `<p>${escaped(description)}</p><table><tr><th>method<th>path${rows.join('')}</table>`,
  );
}
