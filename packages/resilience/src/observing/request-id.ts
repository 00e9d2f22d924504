/** requestId: gives every call an id, or keeps the one that it came with if that is worth keeping. */
import { type Awaitable, createMiddleware } from '@interpose/kernel';
import { checkNames, unexpected } from '@interpose/kernel/options';
import { reportFailure } from '@interpose/kernel/unharmed';
import { headerOf } from './header-of.ts';

/** Options of `requestId`. */
export interface RequestIdOptions<C> {
  /**
   * The id that a call comes with; `'ignore'` if callers are not trusted with it. @default `requestId` on the context, else the header
   * `x-request-id`
   */
  readonly inbound?: ((ctx: C) => unknown) | 'ignore';
  /** Whether an id that came is worth keeping. @default 1 to 128 letters, digits and `. _ = : + / -` */
  readonly isValid?: (id: string) => boolean;
  /** Makes an id. @default crypto.randomUUID */
  readonly generate?: () => string;
}

const VALID = /^[\w.=:+/-]{1,128}$/;

/**
 * Puts `requestId` on the context of the caller, so that those further out know it, too. What goes wrong in finding one does not stop the
 * call: it gets a fresh one.
 *
 * @throws TypeError for options out of range
 * @example
 * pipeline<Http, Reply>().use(requestId()).use(logging({ logger })).handle((ctx) => answer(ctx.requestId));
 */
export function requestId<C extends object = object>(
  options: RequestIdOptions<C> = {},
): <R>(ctx: C, next: (ctx: C & { requestId: string }) => Awaitable<R>) => Awaitable<R> {
  checkNames('requestId()', options, ['inbound', 'isValid', 'generate']);
  const {
    inbound = found,
    isValid = (id) => VALID.test(id),
    generate = () => crypto.randomUUID(),
  } = options;
  if (inbound !== 'ignore' && typeof inbound !== 'function') {
    throw unexpected('inbound', `a function or 'ignore'`, inbound);
  }
  for (const [name, value] of Object.entries({ isValid, generate })) {
    if (typeof value !== 'function') throw unexpected(name, 'a function', value);
  }
  const kept = (ctx: C): string | undefined => {
    const id = inbound === 'ignore' ? undefined : inbound(ctx);
    return typeof id === 'string' && isValid(id) ? id : undefined;
  };
  return createMiddleware<C, never>({
    name: 'requestId',
    description: 'Gives every call an id.',
    provides: ['requestId'],
    before(ctx) {
      let id: string | undefined;
      try {
        id = kept(ctx) ?? generate();
      } catch (error) {
        reportFailure(error);
      }
      if (typeof id !== 'string' || id === '') id = crypto.randomUUID();
      (ctx as { requestId?: string }).requestId = id;
    },
  }) as never;
}

const found = (ctx: object): unknown =>
  (ctx as { readonly requestId?: unknown }).requestId ?? headerOf(ctx, 'x-request-id');
