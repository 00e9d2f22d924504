/** The plugins that come along, in the order in which a request meets them. */
import type { PluginDefinition } from '../definition/plugin.ts';
import { accessLog } from './access-log.ts';
import { acl } from './acl.ts';
import { apiKey } from './api-key.ts';
import { basicAuth } from './basic-auth.ts';
import { bearerAuth } from './bearer-auth.ts';
import { bodyLimit } from './body-limit.ts';
import { clientCertificate } from './client-certificate.ts';
import { compress } from './compress.ts';
import { conditionalRequests } from './conditional-requests.ts';
import { contentNegotiation } from './content-negotiation.ts';
import { cors } from './cors.ts';
import { csrf } from './csrf.ts';
import { decompress } from './decompress.ts';
import { detectDisconnect } from './detect-disconnect.ts';
import { exceptionBoundary } from './exception-boundary.ts';
import { httpEvents } from './http-events.ts';
import { idempotencyKey } from './idempotency-key.ts';
import { ipBlock } from './ip-block.ts';
import { ipRestriction } from './ip-restriction.ts';
import { jwt } from './jwt.ts';
import { keyAuth } from './key-auth.ts';
import { methodOverride } from './method-override.ts';
import { rateLimit } from './rate-limit.ts';
import { requestId } from './request-id.ts';
import { requestTransform } from './request-transform.ts';
import { responseCache } from './response-cache.ts';
import { responseTransform } from './response-transform.ts';
import { secureHeaders } from './secure-headers.ts';
import { serverTiming } from './server-timing.ts';
import { sessionCookie } from './session-cookie.ts';
import { suspiciousPaths } from './suspicious-paths.ts';
import { timeout } from './timeout.ts';
import { traceContext } from './trace-context.ts';
import { trailingSlash } from './trailing-slash.ts';
import { trustedProxies } from './trusted-proxies.ts';

/** Every plugin that a config can use without code. */
export const standardPlugins: readonly PluginDefinition[] = [
  exceptionBoundary,
  trustedProxies,
  requestId,
  traceContext,
  serverTiming,
  httpEvents,
  detectDisconnect,
  secureHeaders,
  ipBlock,
  ipRestriction,
  suspiciousPaths,
  cors,
  csrf,
  trailingSlash,
  methodOverride,
  sessionCookie,
  keyAuth,
  apiKey,
  basicAuth,
  bearerAuth,
  jwt,
  clientCertificate,
  acl,
  rateLimit,
  bodyLimit,
  decompress,
  contentNegotiation,
  requestTransform,
  responseTransform,
  timeout,
  idempotencyKey,
  responseCache,
  conditionalRequests,
  compress,
  accessLog,
];
