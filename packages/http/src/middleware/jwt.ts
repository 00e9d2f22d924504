/** jwt: lets in who bears a signed token (RFC 7519), checked by secrets, by public keys, or by keys that its issuer publishes. */
import type { Clock } from '@interpose/kernel';
import { systemClock } from '@interpose/kernel/clock';
import { checkMs, checkNames, outOfRange, unexpected } from '@interpose/kernel/options';
import type { HttpMiddleware } from '../app.ts';
import type { HttpContext } from '../context/context.ts';
import { bearerRefusal, checkRealm, credentialsOf } from '../credentials/credentials.ts';
import { isKeySet, type KeySet, RemoteKeys } from '../credentials/jwks.ts';
import {
  BadToken,
  type JwtClaims,
  JwtVerifier,
  type KeySource,
} from '../credentials/jwt-verifier.ts';

/** Ways to sign. A token without a signature (`none`) is never valid. */
export type JwtAlgorithm = keyof typeof ALGORITHMS;

/** Options of `jwt`: one of `secrets`, `keys` and `jwksUrl`, and the algorithms. */
export interface JwtOptions {
  /** How tokens may be signed; all with secrets, or all with keys. */
  readonly algorithms: readonly JwtAlgorithm[];
  /** Secrets for HS256 and its like, each at least as long as the digest; several while one is being replaced. */
  readonly secrets?: readonly (string | Uint8Array)[];
  /** Public keys. */
  readonly keys?: KeySet;
  /** Where the issuer publishes its keys; `https`, but on this machine. They are fetched anew when a token names one that is missing. */
  readonly jwksUrl?: string | URL;
  /** Who may have issued a token. @default anybody */
  readonly issuer?: string | readonly string[];
  /** Whom a token must be for: one of these. @default anybody */
  readonly audience?: string | readonly string[];
  /** How far clocks may differ. @default 0 */
  readonly clockToleranceMs?: number;
  /** How long ago a token may have been issued. @default as long as it says itself */
  readonly maxAgeMs?: number;
  /** Claims that a token must have. @default ['exp'] */
  readonly requiredClaims?: readonly string[];
  /** The type that a token must name in its head, such as `at+jwt`. @default any */
  readonly type?: string;
  /** Scopes that a token must have, or is answered with 403. @default none */
  readonly scopes?: readonly string[];
  /** A cookie that may have the token where there is no `Authorization`. @default none */
  readonly cookie?: string;
  /** What is protected. @default 'Restricted' */
  readonly realm?: string;
  /** How long published keys are kept. @default 600_000, ten minutes */
  readonly cacheMs?: number;
  /** How long after one attempt to fetch keys the next may follow. @default 30_000 */
  readonly cooldownMs?: number;
  /** How long keys may be used beyond `cacheMs` while they cannot be fetched. @default 3_600_000, an hour */
  readonly staleMs?: number;
  /** How long to wait for keys. @default 5_000 */
  readonly fetchTimeoutMs?: number;
  /** @default fetch */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /** @default systemClock */
  readonly clock?: Clock;
}

/** What `jwt` adds to the context. */
export interface JwtBearer {
  /** The claims of the token, which were checked. */
  readonly claims: JwtClaims;
}

/** With a secret: the least bytes that it must have. Without: 0. */
const ALGORITHMS = {
  HS256: 32,
  HS384: 48,
  HS512: 64,
  RS256: 0,
  RS384: 0,
  RS512: 0,
  PS256: 0,
  PS384: 0,
  PS512: 0,
  ES256: 0,
  ES384: 0,
  ES512: 0,
  EdDSA: 0,
  Ed25519: 0,
} as const;

const OPTIONS = [
  'algorithms',
  'secrets',
  'keys',
  'jwksUrl',
  'issuer',
  'audience',
  'clockToleranceMs',
  'maxAgeMs',
  'requiredClaims',
  'type',
  'scopes',
  'cookie',
  'realm',
  'cacheMs',
  'cooldownMs',
  'staleMs',
  'fetchTimeoutMs',
  'fetch',
  'clock',
];

/**
 * Refuses with a 401 whoever bears no valid token, and with a 403 one that lacks a scope. Further in, `ctx.claims` is what the token says.
 *
 * @throws TypeError or RangeError for options that are none
 * @example
 * const app = createApp().use(jwt({ algorithms: ['RS256'], jwksUrl, issuer, audience })).get('/', (ctx) => ctx.claims.sub);
 */
export function jwt(options: JwtOptions): HttpMiddleware<HttpContext, HttpContext & JwtBearer> {
  checkNames('jwt()', options, OPTIONS);
  const verifier = verifierOf(options);
  const { clock = systemClock, cookie, scopes = [] } = options;
  const realm = checkRealm(options.realm ?? 'Restricted');
  const scope = scopes.join(' ');
  const tokenOf = (ctx: HttpContext): string | undefined => {
    const header = ctx.headers.get('authorization');
    if (header !== undefined || cookie === undefined) return credentialsOf(header, 'Bearer');
    return ctx.cookies.get(cookie);
  };
  return async function jwt(ctx, next) {
    const token = tokenOf(ctx);
    if (!token) throw bearerRefusal(realm);
    const claims = await verifier.verify(token, new Date(clock.wall())).catch((error: unknown) => {
      if (!(error instanceof BadToken)) throw error;
      const detail = error.expired ? 'The token has expired' : 'The token is not valid';
      throw bearerRefusal(realm, 'invalid_token', { detail });
    });
    const granted = scopesOf(claims);
    if (!scopes.every((one) => granted.includes(one))) {
      throw bearerRefusal(realm, 'insufficient_scope', {
        detail: 'The token does not allow this',
        scope,
      });
    }
    return next(Object.assign(ctx, { claims }));
  };
}

/** What a token allows: one text of words, or a list. */
function scopesOf({ scope, scp }: JwtClaims): readonly unknown[] {
  const said = scope ?? scp;
  if (typeof said === 'string') return said.split(' ');
  return Array.isArray(said) ? said : [];
}

function verifierOf(options: JwtOptions): JwtVerifier {
  const { issuer, audience, type, maxAgeMs, requiredClaims = ['exp'] } = options;
  const algorithms = checkedAlgorithms(options);
  return new JwtVerifier(sourceOf(options), {
    algorithms,
    clockTolerance: checkMs('clockToleranceMs', options.clockToleranceMs ?? 0) / 1000,
    requiredClaims: [...requiredClaims],
    ...(issuer !== undefined && { issuer: namesOf('issuer', issuer) }),
    ...(audience !== undefined && { audience: namesOf('audience', audience) }),
    ...(type !== undefined && { typ: type }),
    ...(maxAgeMs !== undefined && { maxTokenAge: checkMs('maxAgeMs', maxAgeMs) / 1000 }),
  });
}

/** An empty list would let anybody in. */
function namesOf(option: string, given: string | readonly string[]): string[] {
  const names = [given].flat();
  const isRight = names.length > 0 && names.every((name) => typeof name === 'string' && name);
  if (!isRight) throw unexpected(option, 'one name or several', given);
  return names;
}

function checkedAlgorithms({ algorithms, secrets }: JwtOptions): string[] {
  if (!Array.isArray(algorithms) || algorithms.length === 0) {
    throw unexpected('algorithms', 'a list of one at least', algorithms);
  }
  for (const name of algorithms as readonly JwtAlgorithm[]) {
    if (!Object.hasOwn(ALGORITHMS, name)) {
      throw outOfRange('algorithms', `among ${Object.keys(ALGORITHMS).join(', ')}`, name);
    }
    // A public key is no secret: who takes it for one can be told anything.
    if (ALGORITHMS[name] > 0 !== (secrets !== undefined)) {
      throw outOfRange('algorithms', secrets ? 'of secrets: HS256 …' : 'of keys: RS256 …', name);
    }
  }
  return [...(algorithms as readonly string[])];
}

function sourceOf(options: JwtOptions): KeySource {
  const { secrets, keys, jwksUrl } = options;
  if ([secrets, keys, jwksUrl].filter((one) => one !== undefined).length !== 1) {
    throw unexpected('secrets', 'alone there, or else `keys` or `jwksUrl`', typeof secrets);
  }
  if (secrets) return secretsOf(secrets, options.algorithms);
  if (jwksUrl !== undefined) return remoteOf(jwksUrl, options);
  if (!isKeySet(keys) || keys.keys.length === 0) throw unexpected('keys', 'a set of keys', keys);
  return keys;
}

function secretsOf(
  secrets: readonly (string | Uint8Array)[],
  algorithms: readonly JwtAlgorithm[],
): readonly Uint8Array[] {
  const least = Math.max(...algorithms.map((name) => ALGORITHMS[name]));
  if (!Array.isArray(secrets) || secrets.length === 0) {
    throw unexpected('secrets', 'a list of one at least', typeof secrets);
  }
  return (secrets as readonly unknown[]).map((secret) => {
    const bytes = typeof secret === 'string' ? new TextEncoder().encode(secret) : secret;
    if (bytes instanceof Uint8Array && bytes.length >= least) return bytes;
    throw outOfRange('secrets', `${least} bytes or more each`, typeof secret);
  });
}

function remoteOf(jwksUrl: string | URL, options: JwtOptions): RemoteKeys {
  const url = URL.canParse(jwksUrl) ? new URL(jwksUrl) : undefined;
  const isHere = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url?.hostname ?? '');
  if (!url || (url.protocol !== 'https:' && !(url.protocol === 'http:' && isHere))) {
    throw unexpected('jwksUrl', 'an address that begins with https://', String(jwksUrl));
  }
  return new RemoteKeys(url.href, {
    fetch: options.fetch ?? ((address, init) => fetch(address, init)),
    clock: options.clock ?? systemClock,
    cacheMs: checkMs('cacheMs', options.cacheMs ?? 600_000),
    cooldownMs: checkMs('cooldownMs', options.cooldownMs ?? 30_000),
    staleMs: checkMs('staleMs', options.staleMs ?? 3_600_000),
    timeoutMs: checkMs('fetchTimeoutMs', options.fetchTimeoutMs ?? 5000, 1),
  });
}
