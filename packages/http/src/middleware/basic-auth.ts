/** basicAuth: lets in who knows a user's password, by the scheme that browsers ask for themselves (RFC 7617). */
import { type Awaitable, isThenable } from '@interpose/kernel';
import { checkNames, unexpected } from '@interpose/kernel/options';
import type { HttpMiddleware } from '../app.ts';
import type { HttpContext } from '../context/context.ts';
import { basicCredentials, checkRealm } from '../credentials/credentials.ts';
import { HttpError } from '../errors.ts';
import { type Digest, equalDigests, sha256 } from '../credentials/sha256.ts';

/** Options of `basicAuth`: either `users` or `verify`. */
export interface BasicAuthOptions {
  /** Passwords by user. They are kept as digests. */
  readonly users?: Readonly<Record<string, string>>;
  /** Tells whether it is the user's password; for passwords kept elsewhere, by a slow hash. What it throws fails the request. */
  readonly verify?: (user: string, password: string, ctx: HttpContext) => Awaitable<boolean>;
  /** What is protected; browsers show it. @default 'Restricted' */
  readonly realm?: string;
}

/** What `basicAuth` adds to the context. */
export interface BasicUser {
  /** Whose password was right. */
  readonly user: string;
}

/**
 * Refuses with a 401 whoever has no user's password. Further in, `ctx.user` is the user's name.
 *
 * @throws TypeError or RangeError for options that are none
 * @example
 * const app = createApp().use(basicAuth({ users: { ann: 'a long password' } })).get('/', (ctx) => ctx.user);
 */
export function basicAuth(
  options: BasicAuthOptions,
): HttpMiddleware<HttpContext, HttpContext & BasicUser> {
  checkNames('basicAuth()', options, ['users', 'verify', 'realm']);
  const verify = verifying(options);
  const challenge = `Basic realm="${checkRealm(options.realm ?? 'Restricted')}", charset="UTF-8"`;
  const refused = (): HttpError =>
    new HttpError(401, 'User and password are needed', {
      code: 'UNAUTHENTICATED',
      headers: { 'WWW-Authenticate': challenge },
    });
  return function basicAuth(ctx, next) {
    const given = basicCredentials(ctx.headers.get('authorization'));
    if (!given) throw refused();
    const { user } = given;
    const goOn = (isRight: unknown) => {
      // Nothing but true lets in.
      if (isRight !== true) throw refused();
      return next(Object.assign(ctx, { user }));
    };
    const isRight = verify(user, given.password, ctx);
    return isThenable(isRight) ? isRight.then(goOn) : goOn(isRight);
  };
}

function verifying({
  users,
  verify,
}: BasicAuthOptions): (user: string, password: string, ctx: HttpContext) => Awaitable<boolean> {
  if ((users === undefined) === (verify === undefined)) {
    throw unexpected('users', 'there, or else `verify`', users);
  }
  if (verify) {
    if (typeof verify !== 'function') throw unexpected('verify', 'a function', verify);
    return verify;
  }
  const digests = new Map<string, Digest>();
  for (const [user, password] of Object.entries(users ?? {})) {
    if (user === '' || user.includes(':')) {
      throw unexpected('users', 'named without colons, as the scheme ends a name with one', user);
    }
    if (typeof password !== 'string' || password === '') {
      throw unexpected(`users.${user}.password`, 'a password', typeof password);
    }
    digests.set(user, sha256(password));
  }
  // Someone unknown is compared as well, so that the time taken does not tell who is known.
  const nobody = sha256(crypto.randomUUID());
  return (user, password) => {
    const known = digests.get(user);
    return equalDigests(sha256(password), known ?? nobody) && known !== undefined;
  };
}
