/** trustedProxies: tells who the client is where proxies stand in between, and lets nobody else say so. */
import { checkNames } from '@interpose/kernel/options';
import { ClientResolver, type ProxyTrustOptions } from '../client/client-address.ts';
import type { HttpMiddleware } from '../app.ts';

/** Options of `trustedProxies`. */
export type TrustedProxiesOptions = ProxyTrustOptions;

/**
 * Sets `ctx.clientAddress`, `ctx.secure` and, if told so, the `Host` header to what trusted proxies say of the client. From anybody else
 * what only proxies may say is taken out of the headers.
 *
 * @throws TypeError or RangeError for options that are none
 * @example
 * const app = createApp().use(trustedProxies({ proxies: ['loopback', '10.0.0.0/8'] })).get('/', (ctx) => ctx.clientAddress);
 */
export function trustedProxies(options: TrustedProxiesOptions): HttpMiddleware {
  checkNames('trustedProxies', options, ['proxies', 'read', 'host']);
  const resolver = new ClientResolver(options);
  return function trustedProxies(ctx, next) {
    const client = resolver.resolve(ctx.headers, ctx.clientAddress);
    if (client) {
      ctx.clientAddress = client.address;
      if (client.secure !== undefined) ctx.secure = client.secure;
      if (client.host !== undefined) ctx.headers.set('Host', client.host);
    }
    return next();
  };
}
