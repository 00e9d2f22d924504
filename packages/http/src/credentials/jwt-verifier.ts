/** Checks signed tokens (RFC 7519) with jose, which is loaded when the first one comes. */
import { isKeySet, type KeySet, RemoteKeys } from './jwks.ts';

/** The claims of a token. */
export interface JwtClaims extends Readonly<Record<string, unknown>> {
  readonly iss?: string;
  readonly sub?: string;
  readonly aud?: string | readonly string[];
  /** Seconds since 1970, as are the next two. */
  readonly exp?: number;
  readonly nbf?: number;
  readonly iat?: number;
  readonly jti?: string;
}

/** Where the keys come from. */
export type KeySource = readonly Uint8Array[] | KeySet | RemoteKeys;

/** What is demanded of a token, in the words of jose. */
export interface TokenDemands {
  readonly algorithms: string[];
  readonly issuer?: string[];
  readonly audience?: string[];
  readonly clockTolerance: number;
  readonly requiredClaims: string[];
  readonly maxTokenAge?: number;
  readonly typ?: string;
}

/** A token that is not valid. */
export class BadToken extends Error {
  readonly expired: boolean;

  constructor(cause: unknown) {
    super('The token is not valid', { cause });
    this.expired = codeOf(cause) === 'ERR_JWT_EXPIRED';
  }
}

type Jose = typeof import('jose');
type Keys = ReturnType<Jose['createLocalJWKSet']>;

let loading: Promise<Jose> | undefined;

/** Loads jose once; if it is not installed, whoever needs it learns what to do. */
function loadJose(): Promise<Jose> {
  return (loading ??= import('jose').catch((cause: unknown) => {
    loading = undefined;
    throw new Error('To check tokens the package "jose" must be installed', { cause });
  }));
}

const codeOf = (error: unknown): string => {
  const code = error instanceof Error ? (error as { readonly code?: unknown }).code : undefined;
  return typeof code === 'string' ? code : '';
};

/** Checks tokens by one source of keys. */
export class JwtVerifier {
  readonly #source: KeySource;
  readonly #demands: TokenDemands;
  readonly #prepared = new WeakMap<KeySet, Keys>();

  constructor(source: KeySource, demands: TokenDemands) {
    this.#source = source;
    this.#demands = demands;
  }

  /**
   * The claims of a token.
   *
   * @throws BadToken if it is not valid, HttpError 503 if the keys cannot be had
   */
  async verify(token: string, now: Date): Promise<JwtClaims> {
    const jose = await loadJose();
    const source = this.#source;
    const check = { jose, token, options: { ...this.#demands, currentDate: now } };
    try {
      if (source instanceof RemoteKeys) return await this.#byRemote(check, source);
      return await (isKeySet(source) ? this.#bySet(check, source) : bySecrets(check, source));
    } catch (error) {
      if (/^ERR_(?:JOSE|JW[A-Z]*)_/.test(codeOf(error))) throw new BadToken(error);
      throw error;
    }
  }

  async #byRemote(check: Check, remote: RemoteKeys): Promise<JwtClaims> {
    try {
      return await this.#bySet(check, await remote.current());
    } catch (error) {
      if (codeOf(error) !== 'ERR_JWKS_NO_MATCHING_KEY') throw error;
      // Keys may have been changed since they were fetched.
      const renewed = await remote.renewed();
      if (!renewed) throw error;
      return this.#bySet(check, renewed);
    }
  }

  async #bySet({ jose, token, options }: Check, set: KeySet): Promise<JwtClaims> {
    let keys = this.#prepared.get(set);
    if (!keys) {
      keys = jose.createLocalJWKSet(set as never);
      this.#prepared.set(set, keys);
    }
    try {
      return (await jose.jwtVerify(token, keys, options)).payload;
    } catch (error) {
      if (!(error instanceof jose.errors.JWKSMultipleMatchingKeys)) throw error;
      return anyOf(error, async (key) => (await jose.jwtVerify(token, key, options)).payload);
    }
  }
}

/** One token to be checked. */
interface Check {
  readonly jose: Jose;
  readonly token: string;
  readonly options: TokenDemands & { readonly currentDate: Date };
}

function bySecrets({ jose, token, options }: Check, secrets: readonly Uint8Array[]) {
  return anyOf(secrets, async (key): Promise<JwtClaims> => {
    return (await jose.jwtVerify(token, key, options)).payload;
  });
}

/** By the first of several keys that fits. */
async function anyOf<Key>(
  keys: Iterable<Key> | AsyncIterable<Key>,
  verify: (key: Key) => Promise<JwtClaims>,
): Promise<JwtClaims> {
  let failure: unknown;
  for await (const key of keys) {
    try {
      return await verify(key);
    } catch (error) {
      if (codeOf(error) !== 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED') throw error;
      failure = error;
    }
  }
  throw failure;
}
