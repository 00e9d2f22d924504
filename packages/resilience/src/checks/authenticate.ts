/** authenticate, requireUser: who calls must be known. */
import {
  type Awaitable,
  type ContextPolicy,
  createMiddleware,
  define,
  extend,
} from '@interpose/kernel';
import { isThenable } from '@interpose/kernel';
import { checkNames, unexpected } from '@interpose/kernel/options';
import { UnauthenticatedError } from './errors.ts';
import { isSomebody, userOf } from './identity.ts';
import { checkKey, type Provider } from './validate.ts';

/** Options of `authenticate`. */
export interface AuthenticateOptions<C, U, K extends string> {
  /**
   * Finds out who calls; gives nothing if nobody knows. What it throws goes on as it is: a directory that is down is no wrong password.
   */
  readonly verify: (ctx: C) => Awaitable<U | undefined | null | false>;
  /** The name under which the user is put on the context. @default 'user' */
  readonly key?: K;
}

/**
 * Finds out who calls, and tells those further in. Nobody gets past it unknown.
 *
 * @throws TypeError for options out of range; UnauthenticatedError when called
 * @example
 * const auth = authenticate({ verify: (ctx: Http) => sessions.find(ctx.headers['authorization']) });
 * pipeline<Http, Reply>().use(auth).handle((ctx) => greet(ctx.user));
 */
export function authenticate<
  C extends object,
  U extends object | string | number | bigint,
  const K extends string = 'user',
>(options: AuthenticateOptions<C, U, K>): Provider<C, K, U> {
  checkNames('authenticate()', options, ['verify', 'key']);
  const { verify } = options;
  if (typeof verify !== 'function') throw unexpected('verify', 'a function', verify);
  const key = checkKey(options.key ?? 'user');
  return define(
    {
      name: 'authenticate',
      description: 'Finds out who calls, and lets nobody pass unknown.',
      provides: [key],
    },
    (ctx: C, next: (ctx: never) => unknown) => {
      const handOn = (user: unknown): unknown => {
        if (!isSomebody(user)) throw new UnauthenticatedError();
        return next(extend(ctx, { [key]: user }) as never);
      };
      const user = verify(ctx);
      return isThenable(user) ? user.then(handOn) : handOn(user);
    },
  ) as never;
}

/** Options of `requireUser`. */
export interface RequireUserOptions<C> {
  /** Who calls. @default `user` on the context; where it has no such property, `userId` */
  readonly userOf?: (ctx: C) => unknown;
}

/**
 * Lets pass only calls of which somebody further out has said who makes them.
 *
 * @throws TypeError for options out of range; UnauthenticatedError when called
 */
export function requireUser<C = object>(options: RequireUserOptions<C> = {}): ContextPolicy<C> {
  checkNames('requireUser()', options, ['userOf']);
  const { userOf: find = userOf } = options;
  if (typeof find !== 'function') throw unexpected('userOf', 'a function', find);
  return createMiddleware<C, never>({
    name: 'requireUser',
    description: 'Lets pass only calls of which it is known who makes them.',
    before(ctx) {
      if (!isSomebody(find(ctx))) throw new UnauthenticatedError();
    },
  }) as never;
}
