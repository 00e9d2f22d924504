/** requestId: gives every request an id, and tells it in the answer. */
import { checkNames, unexpected } from '@interpose/kernel/options';
import { isTokenName } from '../context/headers.ts';
import type { HttpMiddleware } from '../app.ts';

/** Options of `requestId`. */
export interface RequestIdOptions {
  /** The header that carries the id, in requests and in answers. @default 'X-Request-ID' */
  readonly header?: string;
  /**
   * Whether an id that the client sends is taken over, if it has 8 to 128 characters of `A-Z a-z 0-9 . _ = -`. Only where clients are
   * trusted: whoever may choose ids may make two requests look like one. @default false
   */
  readonly acceptInbound?: boolean;
  /** Makes an id. @default random UUIDs */
  readonly newId?: () => string;
}

const NAMES: readonly (keyof RequestIdOptions)[] = ['header', 'acceptInbound', 'newId'];

const INBOUND = /^[\w.=-]{8,128}$/;

/**
 * Gives every request an id: `ctx.requestId`, which answers, problem documents and logs bear.
 *
 * @throws TypeError for options that are none
 * @example
 * const app = createApp().use(requestId()).get('/', (ctx) => ctx.requestId);
 */
export function requestId(options: RequestIdOptions = {}): HttpMiddleware {
  checkNames('requestId', options, NAMES);
  const { header = 'X-Request-ID', acceptInbound = false, newId } = options;
  if (!isTokenName(header)) throw unexpected('header', 'the name of a header', header);
  if (typeof acceptInbound !== 'boolean') {
    throw unexpected('acceptInbound', 'true or false', acceptInbound);
  }
  if (newId !== undefined && typeof newId !== 'function') {
    throw unexpected('newId', 'a function', newId);
  }
  return function requestId(ctx, next) {
    const inbound = acceptInbound ? ctx.headers.get(header) : undefined;
    if (inbound !== undefined && INBOUND.test(inbound)) ctx.requestId = inbound;
    else if (newId) ctx.requestId = newId();
    ctx.response.headers.set(header, ctx.requestId);
    return next();
  };
}
