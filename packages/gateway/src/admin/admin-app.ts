/** The admin API as an app: guards first, then its routes, and a document that tells of them. */
import { type App, createApp } from '@interpose/http';
import { csrf } from '@interpose/http/middleware/csrf';
import { docsPage } from '@interpose/http/openapi';
import type { Clock } from '@interpose/kernel';
import { messageOf } from '../errors.ts';
import type { Logger } from '../logger.ts';
import type { RecentRequests } from '../recent/recent-requests.ts';
import { adminAudit } from './admin-audit.ts';
import { type Guarded, hostGuard, tokenGuard } from './admin-guard.ts';
import type { AdminTarget } from './admin-target.ts';
import { addConfigRoutes, type ConfigSource } from './config-routes.ts';
import { addDictionaryRoutes } from './dictionary-routes.ts';
import { addDetailRoutes, addHealthRoute } from './health-routes.ts';
import { addPluginRoutes } from './plugin-routes.ts';
import { addRequestRoutes } from './request-routes.ts';
import { addRouteRoutes } from './route-routes.ts';
import { addServiceRoutes } from './service-routes.ts';
import { addUpstreamRoutes } from './upstream-routes.ts';

/** What the app works with. */
export interface AdminAppParts {
  readonly gateway: AdminTarget;
  readonly guarded: Guarded;
  readonly source: ConfigSource;
  readonly recent: RecentRequests;
  readonly clock: Clock;
  readonly logger: Logger;
}

const INFO = {
  title: 'Gateway admin',
  version: '1.0.0',
  description: 'What a gateway does, and what it is told to do.',
};

/** The app. What comes before the token guard tells nothing that strangers may not know. */
export function adminApp(parts: AdminAppParts): App {
  const { gateway, guarded, source, recent, logger } = parts;
  const hasToken = guarded.token !== undefined;
  const app = createApp({
    onError: (error) => logger.error({ message: `Admin API: ${messageOf(error)}` }),
  });
  app.use(adminAudit(logger));
  app.use(hostGuard(guarded));
  // Programs say nothing of where they come from; pages of other sites cannot help saying it.
  app.use(csrf({ allowUnknown: true }));
  docsPage(app, {
    info: INFO,
    ...(hasToken && {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      security: ['token'],
    }),
  });
  addHealthRoute(app, gateway, parts);
  app.use(tokenGuard(guarded));
  addDetailRoutes(app, gateway, parts);
  addConfigRoutes(app, gateway, source);
  addRouteRoutes(app, gateway);
  addUpstreamRoutes(app, gateway);
  addServiceRoutes(app, gateway);
  addPluginRoutes(app, gateway);
  addDictionaryRoutes(app, gateway);
  addRequestRoutes(app, gateway, recent);
  return app;
}
