/** secureHeaders: tells browsers to be careful with what they get. */
import { checkNames, checkWhole, outOfRange, unexpected } from '@interpose/kernel/options';
import type { HttpMiddleware } from '../app.ts';
import { HeaderList } from '../context/headers.ts';

/** Options of `secureHeaders`. For each header `false` leaves it out. */
export interface SecureHeadersOptions {
  /** What a page may load, by directive, or as it is sent. @default everything from its own origin only, and no framing by others */
  readonly contentSecurityPolicy?:
    | false
    | string
    | Readonly<Record<string, string | readonly string[]>>;
  /** Whether violations of the policy are only reported. @default false */
  readonly reportOnly?: boolean;
  /** How long browsers come back by TLS only; sent over TLS only. @default a year, with subdomains */
  readonly strictTransportSecurity?: false | StrictTransport;
  /** @default 'strict-origin-when-cross-origin' */
  readonly referrerPolicy?: false | string;
  /** @default 'same-origin' */
  readonly crossOriginOpenerPolicy?:
    | false
    | 'same-origin'
    | 'same-origin-allow-popups'
    | 'unsafe-none';
  /** @default 'same-origin' */
  readonly crossOriginResourcePolicy?: false | 'same-origin' | 'same-site' | 'cross-origin';
  /** @default none, as it breaks pages that load what does not agree to it */
  readonly crossOriginEmbedderPolicy?: false | 'require-corp' | 'credentialless';
  /** Features of browsers, each with the origins that may use it. @default camera, geolocation, microphone, payment and usb for nobody */
  readonly permissionsPolicy?: false | Readonly<Record<string, readonly string[]>>;
  /** Whether types are never guessed. @default true */
  readonly noSniff?: boolean;
  /** For browsers that do not know `frame-ancestors`. @default 'SAMEORIGIN' */
  readonly frameOptions?: false | 'DENY' | 'SAMEORIGIN';
}

/** How long, and where. */
export interface StrictTransport {
  /** @default 31_536_000, a year */
  readonly maxAgeSeconds?: number;
  /** @default true */
  readonly includeSubDomains?: boolean;
  /** Whether browsers may have it built in. Hard to take back. @default false */
  readonly preload?: boolean;
}

const OPTIONS = [
  'contentSecurityPolicy',
  'reportOnly',
  'strictTransportSecurity',
  'referrerPolicy',
  'crossOriginOpenerPolicy',
  'crossOriginResourcePolicy',
  'crossOriginEmbedderPolicy',
  'permissionsPolicy',
  'noSniff',
  'frameOptions',
];

const POLICY = {
  'default-src': "'self'",
  'base-uri': "'self'",
  'form-action': "'self'",
  'frame-ancestors': "'self'",
  'object-src': "'none'",
  'script-src-attr': "'none'",
} as const;

const NOBODY = { camera: [], geolocation: [], microphone: [], payment: [], usb: [] } as const;

/**
 * Puts headers on every answer that make browsers careful, unless the answer has them already.
 *
 * @throws TypeError or RangeError for options that are none
 * @example
 * const app = createApp().use(secureHeaders({ frameOptions: 'DENY' })).get('/', () => 'Hello');
 */
export function secureHeaders(options: SecureHeadersOptions = {}): HttpMiddleware {
  checkNames('secureHeaders()', options, OPTIONS);
  const fixed = headersOf(options);
  const transport = transportOf(options.strictTransportSecurity ?? {});
  return function secureHeaders(ctx, next) {
    const { headers } = ctx.response;
    for (const [name, value] of fixed) if (!headers.has(name)) headers.append(name, value);
    if (transport !== undefined && ctx.secure && !headers.has('strict-transport-security')) {
      headers.append('Strict-Transport-Security', transport);
    }
    return next();
  };
}

function headersOf(options: SecureHeadersOptions): readonly (readonly [string, string])[] {
  const {
    contentSecurityPolicy = POLICY,
    reportOnly = false,
    referrerPolicy = 'strict-origin-when-cross-origin',
    crossOriginOpenerPolicy = 'same-origin',
    crossOriginResourcePolicy = 'same-origin',
    crossOriginEmbedderPolicy = false,
    permissionsPolicy = NOBODY,
    noSniff = true,
    frameOptions = 'SAMEORIGIN',
  } = options;
  const policy = `Content-Security-Policy${reportOnly ? '-Report-Only' : ''}`;
  const all: readonly (readonly [string, string | false])[] = [
    [policy, contentSecurityPolicy !== false && policyOf(contentSecurityPolicy)],
    ['Referrer-Policy', referrerPolicy],
    ['Cross-Origin-Opener-Policy', crossOriginOpenerPolicy],
    ['Cross-Origin-Resource-Policy', crossOriginResourcePolicy],
    ['Cross-Origin-Embedder-Policy', crossOriginEmbedderPolicy],
    ['Permissions-Policy', permissionsPolicy !== false && permissionsOf(permissionsPolicy)],
    ['X-Content-Type-Options', noSniff && 'nosniff'],
    ['X-Frame-Options', frameOptions],
    // What it switched on did more harm than good.
    ['X-XSS-Protection', '0'],
  ];
  const kept = all.filter((pair): pair is readonly [string, string] => pair[1] !== false);
  const probe = new HeaderList();
  for (const [name, value] of kept) probe.set(name, value);
  return kept;
}

function policyOf(policy: string | Readonly<Record<string, string | readonly string[]>>): string {
  if (typeof policy === 'string') return policy;
  return Object.entries(policy)
    .map(([directive, sources]) => {
      const text = [sources].flat().join(' ');
      if (!/^[a-z-]+$/.test(directive)) {
        throw unexpected('contentSecurityPolicy', 'made of directives in lower case', directive);
      }
      // It would begin another directive, or another policy.
      if (/[;,]/.test(text)) {
        throw unexpected(`contentSecurityPolicy.${directive}`, 'without `;` and `,`', text);
      }
      return text ? `${directive} ${text}` : directive;
    })
    .join('; ');
}

function permissionsOf(features: Readonly<Record<string, readonly string[]>>): string {
  return Object.entries(features)
    .map(([feature, origins]) => {
      if (!/^[a-z-]+$/.test(feature) || !Array.isArray(origins)) {
        throw unexpected('permissionsPolicy', 'features, each with a list of origins', feature);
      }
      const allowed = (origins as readonly string[]).map((origin) => {
        if (origin === 'self' || origin === '*') return origin;
        if (URL.canParse(origin) && new URL(origin).origin === origin) return `"${origin}"`;
        throw unexpected(`permissionsPolicy.${feature}`, '`self`, `*`, or origins', origin);
      });
      return `${feature}=(${allowed.join(' ')})`;
    })
    .join(', ');
}

function transportOf(given: false | StrictTransport): string | undefined {
  if (given === false) return undefined;
  checkNames('strictTransportSecurity', given, ['maxAgeSeconds', 'includeSubDomains', 'preload']);
  const { includeSubDomains = true, preload = false } = given;
  const seconds = checkWhole('maxAgeSeconds', given.maxAgeSeconds ?? 31_536_000);
  if (preload && (!includeSubDomains || seconds < 31_536_000)) {
    throw outOfRange('preload', 'left out: it takes a year, with subdomains', preload);
  }
  return `max-age=${seconds}${includeSubDomains ? '; includeSubDomains' : ''}${preload ? '; preload' : ''}`;
}
