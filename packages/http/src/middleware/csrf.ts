/** csrf: refuses requests that another site made in a visitor's name. */
import { checkNames, unexpected } from '@interpose/kernel/options';
import type { HttpMiddleware } from '../app.ts';
import type { HttpContext } from '../context/context.ts';
import { HttpError } from '../errors.ts';

/** Options of `csrf`. */
export interface CsrfOptions {
  /** Other origins that may, such as `https://admin.example`. @default none */
  readonly allow?: readonly string[];
  /** Methods that change nothing, and pass. @default GET, HEAD and OPTIONS */
  readonly safeMethods?: readonly string[];
  /**
   * Whether a request passes that does not say where it comes from, as programs make them and browsers do not. Only where nothing is
   * allowed for a cookie alone. @default false
   */
  readonly allowUnknown?: boolean;
}

const SAFE = ['GET', 'HEAD', 'OPTIONS'];

/**
 * Refuses with a 403 what a page of another origin asks for, by what browsers say of themselves (`Sec-Fetch-Site`, `Origin`); there is no
 * token to carry. Safe methods pass, but not a WebSocket.
 *
 * @throws TypeError for options that are none
 * @example
 * const app = createApp().use(csrf({ allow: ['https://admin.example'] })).post('/transfer', () => 'done');
 */
export function csrf(options: CsrfOptions = {}): HttpMiddleware {
  checkNames('csrf()', options, ['allow', 'safeMethods', 'allowUnknown']);
  const { safeMethods = SAFE, allowUnknown = false } = options;
  if (typeof allowUnknown !== 'boolean')
    throw unexpected('allowUnknown', 'a boolean', allowUnknown);
  const safe = new Set(safeMethods.map((method) => method.toUpperCase()));
  const allowed = new Set((options.allow ?? []).map(checkedOrigin));
  const isOwn = (ctx: HttpContext): boolean => {
    const { headers } = ctx;
    const origin = headers.get('origin');
    if (origin !== undefined && allowed.has(origin.toLowerCase())) return true;
    const site = headers.get('sec-fetch-site');
    // What the visitor has typed or kept comes from no site.
    if (site !== undefined) return site === 'same-origin' || site === 'none';
    if (origin !== undefined) return isOfHost(origin, ctx);
    const page = headers.get('referer');
    return page === undefined ? allowUnknown : isOfHost(originOf(page), ctx);
  };
  return function csrf(ctx, next) {
    const isSafe = safe.has(ctx.method) && !opensSocket(ctx);
    if (!isSafe && !isOwn(ctx)) {
      throw new HttpError(403, 'Requests that other sites make are refused', {
        code: 'CROSS_SITE_REQUEST',
      });
    }
    return next();
  };
}

const opensSocket = ({ headers }: HttpContext): boolean =>
  headers.get('upgrade')?.toLowerCase().includes('websocket') ?? false;

/** An origin of the host that was asked. That TLS may have ended before us is no difference, but it must not get less. */
function isOfHost(origin: string, ctx: HttpContext): boolean {
  const host = ctx.headers.get('host');
  if (host === undefined || !URL.canParse(origin)) return false;
  const from = new URL(origin);
  if (from.origin !== origin.toLowerCase() || !/^https?:$/.test(from.protocol)) return false;
  if (ctx.secure && from.protocol !== 'https:') return false;
  const own = `${from.protocol}//${host}`;
  return URL.canParse(own) && new URL(own).host === from.host;
}

const originOf = (page: string): string => (URL.canParse(page) ? new URL(page).origin : 'null');

function checkedOrigin(origin: string): string {
  const isOrigin = URL.canParse(origin) && new URL(origin).origin === origin;
  if (isOrigin && origin !== 'null' && !origin.includes('*')) return origin;
  throw unexpected('allow', 'made of origins such as `https://admin.example`', origin);
}
