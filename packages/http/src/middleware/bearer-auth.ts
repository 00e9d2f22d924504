/** bearerAuth: lets in who bears a token (RFC 6750). */
import { type Awaitable, isThenable } from '@interpose/kernel';
import { checkNames, unexpected } from '@interpose/kernel/options';
import type { HttpMiddleware } from '../app.ts';
import type { HttpContext } from '../context/context.ts';
import { bearerRefusal, checkRealm, credentialsOf } from '../credentials/credentials.ts';
import { type Digest, equalDigests, sha256 } from '../credentials/sha256.ts';

/** Options of `bearerAuth`: either `tokens` or `verify`. */
export interface BearerAuthOptions<Principal> {
  /** Tokens by the name of who bears them; several for one that is being replaced. They are kept as digests. */
  readonly tokens?: Readonly<Record<string, string | readonly string[]>>;
  /** Who bears the token; nothing or `false` for nobody. What it throws fails the request. */
  readonly verify?: (
    token: string,
    ctx: HttpContext,
  ) => Awaitable<Principal | undefined | null | false>;
  /** What is protected. @default 'Restricted' */
  readonly realm?: string;
}

/** What `bearerAuth` adds to the context. */
export interface Bearer<Principal> {
  /** Who bears the token: its name, or what `verify` gave. */
  readonly principal: Principal;
}

/**
 * Refuses with a 401 whoever bears no token that is known. Further in, `ctx.principal` says who does.
 *
 * @throws TypeError or RangeError for options that are none
 * @example
 * const app = createApp().use(bearerAuth({ tokens: { ci: 'a-long-random-token' } })).get('/', (ctx) => ctx.principal);
 */
export function bearerAuth<Principal = string>(
  options: BearerAuthOptions<Principal>,
): HttpMiddleware<HttpContext, HttpContext & Bearer<Principal>> {
  checkNames('bearerAuth()', options, ['tokens', 'verify', 'realm']);
  const verify = verifying(options);
  const realm = checkRealm(options.realm ?? 'Restricted');
  return function bearerAuth(ctx, next) {
    const header = ctx.headers.get('authorization');
    const token = credentialsOf(header, 'Bearer');
    if (token === undefined) throw bearerRefusal(realm);
    const goOn = (principal: Principal | undefined | null | false) => {
      if (principal === undefined || principal === null || principal === false) {
        throw bearerRefusal(realm, 'invalid_token', { detail: 'The token is not valid' });
      }
      return next(Object.assign(ctx, { principal }));
    };
    const found = verify(token, ctx);
    return isThenable(found)
      ? found.then((value) => goOn(value as Principal))
      : goOn(found as Principal);
  };
}

function verifying<Principal>({
  tokens,
  verify,
}: BearerAuthOptions<Principal>): NonNullable<BearerAuthOptions<Principal>['verify']> {
  if ((tokens === undefined) === (verify === undefined)) {
    throw unexpected('tokens', 'there, or else `verify`', typeof tokens);
  }
  if (verify) {
    if (typeof verify !== 'function') throw unexpected('verify', 'a function', verify);
    return verify;
  }
  const known: (readonly [Digest, string])[] = [];
  for (const [name, own] of Object.entries(tokens ?? {})) {
    for (const token of [own].flat() as unknown[]) {
      if (typeof token !== 'string' || !/^[\w.~+/-]+=*$/.test(token)) {
        throw unexpected(`tokens.${name}`, 'made of A-Z a-z 0-9 - . _ ~ + /', typeof token);
      }
      known.push([sha256(token), name]);
    }
  }
  return (token) => {
    const digest = sha256(token);
    let found: string | undefined;
    // Looks at all of them, so that the time taken does not tell which it was.
    for (const [own, name] of known) if (equalDigests(digest, own)) found = name;
    return found as Principal | undefined;
  };
}
