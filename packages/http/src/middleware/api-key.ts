/** apiKey: lets in only requests that bring a key, in a header or a cookie of the same name. */
import { checkNames, outOfRange, unexpected } from '@interpose/kernel/options';
import { ApiKeys, isBlank } from '../credentials/api-keys.ts';
import type { HttpMiddleware } from '../app.ts';
import type { HttpContext } from '../context/context.ts';
import { type Environment, processEnvironment } from '../environment.ts';
import { isTokenName } from '../context/headers.ts';
import { plainLayer } from '../plain-layer.ts';
import { normalPath } from '../context/request-path.ts';
import type { HttpResponse } from '../context/response.ts';
import { hexOf, sha256 } from '../credentials/sha256.ts';

/** Options of `apiKey`. */
export interface ApiKeyOptions {
  /** The name of the header and of the cookie. @default what the environment says */
  readonly name?: string;
  /** The keys that let in, each as it is or as `sha256:` and its digest in hexadecimal. @default what the environment says */
  readonly keys?: string | readonly string[] | ApiKeys;
  /** @default the one of the process */
  readonly environment?: Environment;
  /** The variable that has the name. @default 'FAST_API__AUTH__API_KEY__NAME' */
  readonly nameVariable?: string;
  /** The variable that has the key; several, where an old key lives on beside the new one. @default 'FAST_API__AUTH__API_KEY__VALUE' */
  readonly valueVariable?: string | readonly string[];
  /** Whether the environment is read again with every request; else only when the middleware is made, and by `reload()`. @default false */
  readonly rereadEnvironment?: boolean;
  /** Paths that need no key: exact ones, and with `/*` at the end everything below. @default none */
  readonly exclude?: readonly string[];
  /** The status for requests that come while there is no name or no key here. @default 401 */
  readonly setupStatus?: 401 | 500 | 503;
}

const NAMES: readonly (keyof ApiKeyOptions)[] = [
  'name',
  'keys',
  'environment',
  'nameVariable',
  'valueVariable',
  'rereadEnvironment',
  'exclude',
  'setupStatus',
];

/** Why a request is not let in. */
export type ApiKeyRefusal =
  | 'NO_KEY_NAME_SETUP'
  | 'NO_KEY_VALUE_SETUP'
  | 'API_KEY_MISSING'
  | 'API_KEY_INVALID';

const TEXTS: Readonly<Record<ApiKeyRefusal, string>> = {
  NO_KEY_NAME_SETUP: 'Server does not have API key name setup',
  NO_KEY_VALUE_SETUP: 'Server does not have API key value setup',
  API_KEY_MISSING: 'Client API key is missing, you need to set it on a header or cookie',
  API_KEY_INVALID: 'Invalid API key value',
};

/** The middleware, with what can be done to it. */
export type ApiKeyMiddleware = HttpMiddleware & {
  /** The name of the header and of the cookie; `undefined` if there is none. */
  readonly keyName: string | undefined;
  /** Reads the environment again. If what it says is wrong, nothing changes. */
  reload(): void;
};

/**
 * Lets in only requests that bring a key: in the header, or if it has none in the cookie of the same name. All others get a 401.
 *
 * @throws TypeError or RangeError for options out of range
 * @example
 * const app = createApp()
 *   .use(apiKey({ name: 'X-API-Key', keys: ['the-new-one', 'the-old-one'], exclude: ['/health'] }))
 *   .get('/', () => 'secret');
 */
export function apiKey(options: ApiKeyOptions = {}): ApiKeyMiddleware {
  checkNames('apiKey', options, NAMES);
  const { setupStatus = 401, rereadEnvironment = false } = options;
  if (![401, 500, 503].includes(setupStatus)) {
    throw outOfRange('setupStatus', '401, 500 or 503', setupStatus);
  }
  const isExcluded = exclusionOf(options.exclude ?? []);
  let setup = setupOf(options);
  const run = plainLayer('apiKey', (ctx, rest) => {
    if (isExcluded(ctx.path)) return rest(ctx);
    if (rereadEnvironment) setup = setupOf(options, setup);
    const refusal = refusalOf(ctx, setup);
    if (refusal === undefined) return rest(ctx);
    const isSetup = refusal === 'NO_KEY_NAME_SETUP' || refusal === 'NO_KEY_VALUE_SETUP';
    return refuse(ctx, refusal, { status: isSetup ? setupStatus : 401, name: setup.name });
  });
  return Object.defineProperties(run, {
    keyName: { get: () => setup.name },
    reload: { value: () => void (setup = setupOf(options)) },
  }) as ApiKeyMiddleware;
}

/** What there is to check with. */
interface Setup {
  readonly name: string | undefined;
  readonly keys: ApiKeys;
  /** What the variables said, to see that nothing has changed. */
  readonly said: string;
}

function setupOf(options: ApiKeyOptions, before?: Setup): Setup {
  const { environment = processEnvironment(), keys } = options;
  const { nameVariable = 'FAST_API__AUTH__API_KEY__NAME' } = options;
  const { valueVariable = 'FAST_API__AUTH__API_KEY__VALUE' } = options;
  const name = options.name ?? environment[nameVariable];
  const variables = typeof valueVariable === 'string' ? [valueVariable] : valueVariable;
  const values = keys === undefined ? variables.map((variable) => environment[variable]) : [];
  const said = options.rereadEnvironment ? hexOf(sha256([name, ...values].join('\0'))) : '';
  if (before?.said === said) return before;
  if (!isBlank(name) && !isTokenName(name)) {
    throw unexpected('name', 'the name of a header', name);
  }
  return {
    name: isBlank(name) ? undefined : name,
    keys: keys instanceof ApiKeys ? keys : new ApiKeys(listOf(keys ?? values)),
    said,
  };
}

/** Blank ones are as good as none. */
const listOf = (keys: string | readonly (string | undefined)[]): string[] =>
  (typeof keys === 'string' ? [keys] : keys).filter((key): key is string => !isBlank(key));

function refusalOf(ctx: HttpContext, { name, keys }: Setup): ApiKeyRefusal | undefined {
  if (name === undefined) return 'NO_KEY_NAME_SETUP';
  if (keys.isEmpty) return 'NO_KEY_VALUE_SETUP';
  // A header that has something decides; only without it the cookie does.
  const key = ctx.headers.get(name) || ctx.cookies.get(name);
  if (key === undefined || isBlank(key)) return 'API_KEY_MISSING';
  return keys.has(key) ? undefined : 'API_KEY_INVALID';
}

function refuse(
  { response }: HttpContext,
  error: ApiKeyRefusal,
  { status, name }: { readonly status: number; readonly name: string | undefined },
): HttpResponse {
  const { headers } = response;
  response.status = status;
  headers.set('Content-Type', 'application/json');
  headers.set('Cache-Control', 'no-store');
  if (status === 401) {
    headers.set('WWW-Authenticate', name === undefined ? 'ApiKey' : `ApiKey header="${name}"`);
  }
  response.body = JSON.stringify({ status: 'error', message: TEXTS[error], error, data: null });
  return response;
}

/** Decides on the normal form of the path, on which the routes are found as well; so there is nothing in between to slip through. */
function exclusionOf(paths: readonly string[]): (path: string) => boolean {
  if (!Array.isArray(paths)) throw unexpected('exclude', 'a list of paths', paths);
  if (!paths.length) return () => false;
  const exact = new Set<string>();
  const below: string[] = [];
  for (const path of paths) {
    const bare = path.endsWith('/*') ? path.slice(0, -2) || '/' : path;
    if (normalPath(bare) !== bare || bare.includes('*') || (bare === '/' && bare !== path)) {
      throw outOfRange('exclude', 'paths in normal form, such as /docs or /assets/*', path);
    }
    exact.add(bare);
    if (bare !== path) below.push(`${bare}/`);
  }
  if (!below.length) return (path) => exact.has(path);
  return (path) => exact.has(path) || below.some((prefix) => path.startsWith(prefix));
}
