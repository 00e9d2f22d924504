/** The plugins that come along, in the order in which a request meets them. */
import type { PluginDefinition } from '../plugin.ts';
import { accessLog } from './access-log.ts';
import { cors } from './cors.ts';
import { exceptionBoundary } from './exception-boundary.ts';
import { keyAuth } from './key-auth.ts';
import { rateLimit } from './rate-limit.ts';
import { requestId } from './request-id.ts';

/** Every plugin that a config can use without code. */
export const standardPlugins: readonly PluginDefinition[] = [
  exceptionBoundary,
  requestId,
  cors,
  keyAuth,
  rateLimit,
  accessLog,
];
