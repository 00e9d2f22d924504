/** Tests that built-in middleware waits for nothing where there is nothing to wait for. */
import { isThenable } from '@interpose/kernel';
import { expect, test } from 'vitest';
import { createApp, type HttpMiddleware } from './app.ts';
import { RequestContext } from './context/context.ts';
import { accessLog } from './middleware/access-log.ts';
import { basicAuth } from './middleware/basic-auth.ts';
import { bearerAuth } from './middleware/bearer-auth.ts';
import { bodyLimit } from './middleware/body-limit.ts';
import { contentNegotiation } from './middleware/content-negotiation.ts';
import { csrf } from './middleware/csrf.ts';
import { idempotencyKey } from './middleware/idempotency-key.ts';
import { ipRestriction } from './middleware/ip-restriction.ts';
import { methodOverride } from './middleware/method-override.ts';
import { rateLimit } from './middleware/rate-limit.ts';
import { secureHeaders } from './middleware/secure-headers.ts';
import { serverTiming } from './middleware/server-timing.ts';
import { sessionCookie } from './middleware/session-cookie.ts';
import { timeout } from './middleware/timeout.ts';
import { trailingSlash } from './middleware/trailing-slash.ts';
import { trustedProxies } from './middleware/trusted-proxies.ts';

const secret = 'at least thirty-two characters long';
const all: Readonly<Record<string, unknown>> = {
  accessLog: accessLog({ write: () => {} }),
  basicAuth: basicAuth({ users: { ann: 'x' } }),
  bearerAuth: bearerAuth({ tokens: { ann: 'token' } }),
  bodyLimit: bodyLimit(),
  contentNegotiation: contentNegotiation({ types: ['text/plain'] }),
  csrf: csrf(),
  idempotencyKey: idempotencyKey({ scope: () => '' }),
  ipRestriction: ipRestriction({ allow: ['192.0.2.0/24'] }),
  methodOverride: methodOverride(createApp()),
  rateLimit: rateLimit({ limit: 1 }),
  secureHeaders: secureHeaders(),
  serverTiming: serverTiming(),
  sessionCookie: sessionCookie({ secrets: [secret] }),
  timeout: timeout(),
  trailingSlash: trailingSlash(),
  trustedProxies: trustedProxies({ proxies: ['private'] }),
};

test.each(Object.entries(all))('%s is synchronous', (name, middleware) => {
  const scheme = name === 'basicAuth' ? `Basic ${btoa('ann:x')}` : 'Bearer token';
  const ctx = new RequestContext({
    method: 'GET',
    target: '/',
    rawHeaders: ['Host', 'host', 'Authorization', scheme],
    peer: { address: '192.0.2.1', port: 1 },
    local: { address: '192.0.2.2', port: 2 },
    secure: false,
    body: null,
    signal: new AbortController().signal,
    clientLeft: false,
    sentBytes: 0,
    onClientLeft() {},
    onSettled() {},
  });
  const app = createApp()
    .use(middleware as HttpMiddleware)
    .get('/', () => 'Hello');
  const response = app.run(ctx);
  expect(isThenable(response)).toBe(false);
  expect(response).toMatchObject({ status: 200, body: 'Hello' });
});
