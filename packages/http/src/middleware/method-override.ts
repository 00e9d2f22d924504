/** methodOverride: lets clients that can only POST say which method they mean. */
import { checkNames, unexpected } from '@interpose/kernel/options';
import type { App, HttpMiddleware } from '../app.ts';
import type { HttpContext, RequestContext } from '../context/context.ts';
import { HttpError } from '../errors.ts';
import { isTokenName } from '../context/headers.ts';

/** Options of `methodOverride`. */
export interface MethodOverrideOptions {
  /** Methods that may be meant. @default PUT, PATCH and DELETE */
  readonly methods?: readonly string[];
  /** The header that says it. @default 'X-HTTP-Method-Override' */
  readonly header?: string;
  /** A parameter of the query that says it, for forms. @default none */
  readonly query?: string;
}

/**
 * Looks for the route of the method that a POST means, and runs that. It must be the first middleware of its app, as those before it would
 * run twice.
 *
 * @throws TypeError for options that are none
 * @example
 * const app = createApp();
 * app.use(methodOverride(app)).delete('/items/:id', (ctx) => `no more ${ctx.params.id}`);
 */
export function methodOverride(
  app: Pick<App, 'run'>,
  options: MethodOverrideOptions = {},
): HttpMiddleware {
  checkNames('methodOverride()', options, ['methods', 'header', 'query']);
  const {
    methods = ['PUT', 'PATCH', 'DELETE'],
    query,
    header = 'X-HTTP-Method-Override',
  } = options;
  if (typeof app?.run !== 'function') throw unexpected('app', 'an app', app);
  if (!isTokenName(header)) throw unexpected('header', 'the name of a header', header);
  if (query !== undefined && typeof query !== 'string') {
    throw unexpected('query', 'the name of a parameter', query);
  }
  for (const method of methods) {
    // One that needs no protection must not become one that does, and a POST would never end.
    const isRight =
      /^[A-Z]+$/.test(method) && !['GET', 'HEAD', 'POST', 'CONNECT', 'TRACE'].includes(method);
    if (!isRight)
      throw unexpected(
        'methods',
        'in capitals, and none of GET, HEAD, POST, CONNECT and TRACE',
        method,
      );
  }
  const allowed = new Set(methods);
  const meant = (ctx: HttpContext): string | undefined => {
    const said = ctx.headers.get(header);
    return said === undefined && query !== undefined ? (ctx.query.get(query) ?? undefined) : said;
  };
  return function methodOverride(ctx, next) {
    if (ctx.method !== 'POST') return next();
    const said = meant(ctx);
    if (said === undefined) return next();
    const method = said.trim().toUpperCase();
    if (method === 'POST') return next();
    if (!allowed.has(method)) {
      throw new HttpError(400, 'A POST cannot mean this method', {
        code: 'METHOD_OVERRIDE_REFUSED',
      });
    }
    (ctx as { method: string }).method = method;
    return app.run(ctx as RequestContext);
  };
}
