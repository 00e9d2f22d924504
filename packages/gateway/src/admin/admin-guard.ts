/** The guards of the admin API: against pages that pretend to be it, pages of other sites, and whoever bears no token. */
import { type HttpContext, HttpError, type HttpMiddleware } from '@interpose/http';
import { bearerAuth } from '@interpose/http/middleware/bearer-auth';
import { isLoopback } from './admin-options.ts';

/** Whom to let in. */
export interface Guarded {
  readonly token: string | undefined;
  /** Names besides `localhost` and addresses. */
  readonly hosts: readonly string[];
}

/**
 * Refuses names under which nobody asks for it but a page that has had its own name point here. An address cannot be bent like that.
 */
export function hostGuard({ hosts }: Guarded): HttpMiddleware {
  const known = new Set(hosts.map((host) => host.toLowerCase()));
  return function hostGuard(ctx, next) {
    const name = hostName(ctx);
    if (name === undefined || !(known.has(name) || isLoopback(name) || isAddress(name))) {
      throw new HttpError(421, 'The admin API is not known by this host name', {
        code: 'UNKNOWN_HOST',
      });
    }
    return next();
  };
}

function hostName({ headers }: HttpContext): string | undefined {
  const host = headers.get('host');
  const url = `http://${host}`;
  if (host === undefined || /[/?#\\@]/.test(host) || !URL.canParse(url)) return undefined;
  return new URL(url).hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
}

/** What URL has brought into its normal form. */
const isAddress = (name: string): boolean =>
  /^\d{1,3}(?:\.\d{1,3}){3}$/.test(name) || name.includes(':');

/** Refuses whoever bears no token; nobody if there is none. */
export function tokenGuard({ token }: Guarded): HttpMiddleware {
  if (token === undefined) return (_, next) => next();
  return bearerAuth({
    realm: 'gateway admin',
    tokens: { admin: token },
  }) as unknown as HttpMiddleware;
}
