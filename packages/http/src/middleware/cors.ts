/** cors: lets pages of other origins call, answers their preflights, and says so on errors, too. */
import { isThenable } from '@interpose/kernel';
import { checkNames, outOfRange } from '@interpose/kernel/options';
import type { HttpMiddleware } from '../app.ts';
import type { HttpContext } from '../context/context.ts';
import { CORS_PRESETS, CorsPolicy, type CorsPreset, type OriginTest } from '../cors-policy.ts';
import { plainLayer } from '../plain-layer.ts';
import type { HttpResponse } from '../context/response.ts';

/** Options of `cors`. */
export interface CorsOptions {
  /**
   * `permissive`: any origin may read, without credentials; a request from an origin that is not named is served, but cannot be read.
   * `strict`: origins have to be named, and requests from others are refused. @default 'permissive'
   */
  readonly preset?: CorsPreset;
  /** The origins that may call, or a function that says so. @default ['*'] if permissive, to be given if strict */
  readonly origins?: readonly string[] | OriginTest;
  /** @default GET, POST, HEAD; if strict GET, POST, PUT, DELETE, OPTIONS */
  readonly methods?: readonly string[];
  /** Request headers that pages may send. @default those of the preset */
  readonly headers?: readonly string[];
  /** Response headers that pages may read. @default those of the preset */
  readonly exposeHeaders?: readonly string[];
  /** Whether cookies and the like may come along. @default true with named origins */
  readonly credentials?: boolean;
  /** How long a browser may remember the answer to a preflight. @default 600_000; if strict 3_600_000 */
  readonly maxAgeMs?: number;
  /** Is given what should not go into production, once for each warning, when the middleware is made. @default nobody */
  readonly onWarning?: (warning: string) => void;
}

const NAMES: readonly (keyof CorsOptions)[] = [
  'preset',
  'origins',
  'methods',
  'headers',
  'exposeHeaders',
  'credentials',
  'maxAgeMs',
  'onWarning',
];

/** The middleware, with what is to be said of its options. */
export type CorsMiddleware = HttpMiddleware & {
  readonly warnings: readonly string[];
  /** Puts other options in place, from the next request on. If they are wrong, nothing changes. */
  reconfigure(options: CorsOptions): void;
};

/**
 * Lets pages of other origins call. Preflights are answered here, before whatever comes after it asks for a key.
 *
 * @throws TypeError or RangeError for options out of range, or strict ones that are not safe
 * @example
 * const app = createApp().use(cors({ preset: 'strict', origins: ['https://app.example.com'] }));
 */
export function cors(options: CorsOptions = {}): CorsMiddleware {
  let { policy, warnings } = made(options);
  const run = plainLayer('cors', (ctx, rest) => {
    const own = policy;
    const refused = own.refusalOf(ctx);
    if (refused) {
      own.tell(ctx, ctx.response.headers, false);
      throw refused;
    }
    if (own.answersPreflight(ctx)) return allow(own, ctx);
    let result: ReturnType<typeof rest>;
    try {
      result = rest(ctx);
    } catch (error) {
      own.tell(ctx, ctx.response.headers, false);
      throw error;
    }
    if (!isThenable(result)) return told(own, ctx, result);
    return result.then(
      (response) => told(own, ctx, response),
      (error: unknown) => {
        own.tell(ctx, ctx.response.headers, false);
        throw error;
      },
    );
  });
  return Object.defineProperties(run, {
    warnings: { get: () => warnings },
    reconfigure: { value: (given: CorsOptions) => void ({ policy, warnings } = made(given)) },
  }) as CorsMiddleware;
}

function told(policy: CorsPolicy, ctx: HttpContext, response: HttpResponse): HttpResponse {
  policy.tell(ctx, response.headers, false);
  return response;
}

function allow(policy: CorsPolicy, ctx: HttpContext): HttpResponse {
  const { response } = ctx;
  response.status = 204;
  response.body = null;
  policy.tell(ctx, response.headers, true);
  return response;
}

function made(options: CorsOptions): {
  readonly policy: CorsPolicy;
  readonly warnings: readonly string[];
} {
  checkNames('cors', options, NAMES);
  const { preset = 'permissive', onWarning } = options;
  if (preset !== 'permissive' && preset !== 'strict') {
    throw outOfRange('preset', '`permissive` or `strict`', preset);
  }
  const origins = options.origins ?? (preset === 'permissive' ? ['*'] : []);
  const isAny = typeof origins !== 'function' && origins.includes('*');
  const isUnsafe = isAny && preset === 'permissive';
  const defaults = CORS_PRESETS[preset];
  const policy = new CorsPolicy({
    ...defaults,
    methods: options.methods ?? defaults.methods,
    headers: options.headers ?? defaults.headers,
    exposeHeaders: options.exposeHeaders ?? defaults.exposeHeaders,
    maxAgeMs: options.maxAgeMs ?? defaults.maxAgeMs,
    origins,
    // Any origin with credentials would let every page act for whoever looks at it.
    credentials: isUnsafe ? false : (options.credentials ?? !isAny),
  });
  const warnings = warningsOf(isAny, isUnsafe && options.credentials === true, options);
  for (const warning of warnings) onWarning?.(warning);
  return { policy, warnings };
}

function warningsOf(isAny: boolean, wantsBoth: boolean, options: CorsOptions): string[] {
  const warnings: string[] = [];
  if (isAny) {
    warnings.push('cors: any origin may read the answers; name the origins in production');
  }
  if (wantsBoth) {
    warnings.push('cors: credentials are not allowed, as any origin is; name the origins');
  }
  const exposed = [...(options.exposeHeaders ?? []), ...(options.headers ?? [])];
  if (exposed.includes('*')) warnings.push('cors: a list of headers has `*`; name the headers');
  const shown = options.exposeHeaders?.find((name) => /^(?:authorization|set-cookie)$/i.test(name));
  if (shown !== undefined) warnings.push(`cors: pages may read the header ${shown}, a secret`);
  const { origins } = options;
  if (typeof origins === 'object' && origins.some(isWithoutTls)) {
    warnings.push('cors: an origin without TLS may be anybody on the way; name it with https');
  }
  return warnings;
}

const isWithoutTls = (origin: string): boolean =>
  origin.startsWith('http:') && !/^http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::|$)/.test(origin);
