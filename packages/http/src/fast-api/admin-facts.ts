/** What the routes under /admin tell of. */
import type { ServerFacts } from './default-routes.ts';

/** What the routes tell besides the facts. */
export interface AdminFacts extends ServerFacts {
  readonly uptimeMs: () => number;
  readonly nowMs: () => number;
  readonly hasStaticFiles: boolean;
  readonly hasDefaultRoutes: boolean;
  readonly middlewares: () => readonly object[];
}
