/** trailingSlash: sends whoever asks for a path with a slash at its end, or without one, to the one that there is. */
import { checkNames, unexpected } from '@interpose/kernel/options';
import type { HttpMiddleware } from '../app.ts';
import { answerWith } from '../answer/answer.ts';

/** Options of `trailingSlash`. */
export interface TrailingSlashOptions {
  /** Whether the slash is taken away or put there. What looks like a file gets none. @default 'trim' */
  readonly style?: 'trim' | 'append';
  /** Whether browsers may remember it for good. @default true */
  readonly permanent?: boolean;
}

/** Slashes of both kinds, as browsers take the one for the other. */
const LEADING = /^[/\\]+/;
const TRAILING = /[/\\]+$/;
const FILE = /\.[^/]*$/;

/**
 * Redirects to the other form of the path, on the same site always; a method that changes something stays what it is (308 or 307).
 *
 * @throws TypeError for options that are none
 * @example
 * const app = createApp().use(trailingSlash()).get('/about', () => 'About');
 */
export function trailingSlash(options: TrailingSlashOptions = {}): HttpMiddleware {
  checkNames('trailingSlash()', options, ['style', 'permanent']);
  const { style = 'trim', permanent = true } = options;
  if (style !== 'trim' && style !== 'append') {
    throw unexpected('style', `'trim' or 'append'`, style);
  }
  if (typeof permanent !== 'boolean') throw unexpected('permanent', 'a boolean', permanent);
  const isOther = (path: string): boolean => {
    if (path === '/') return false;
    return style === 'trim' ? path.endsWith('/') : !path.endsWith('/') && !FILE.test(path);
  };
  return function trailingSlash(ctx, next) {
    const { method, path, search, response } = ctx;
    // A path that is none has no other form.
    if (ctx.fault || !isOther(path)) return next();
    // Two slashes at the beginning would name another site.
    const own = `/${path.replace(LEADING, '').replace(TRAILING, '')}`;
    const to = style === 'append' && own !== '/' ? `${own}/` : own;
    if (method === 'GET' || method === 'HEAD') response.status = permanent ? 301 : 302;
    else response.status = permanent ? 308 : 307;
    response.headers.set('Location', to + search);
    return answerWith(ctx, null);
  };
}
