/** Lets pages of other origins call, those that are named and no others. */
import { HttpError } from '@interpose/http';
import { outOfRange } from '@interpose/kernel/options';
import type { GatewayContext } from '../context.ts';
import { definePlugin, type PluginDefinition } from '../plugin.ts';

/** Scheme, host and port, in the one form that browsers send. */
const ORIGIN = /^https?:\/\/(?:[a-z0-9-]+(?:\.[a-z0-9-]+)*|\[[0-9a-f:.]+\])(?::\d{1,5})?$/;
const LONGEST_ORIGIN = 2048;
const PRIORITY = 20;

/** The plugin `cors`. */
export const cors: PluginDefinition = definePlugin({
  name: 'cors',
  description: 'Lets pages of the named origins call, and answers their preflights.',
  options: {
    origins: {
      type: 'string[]',
      required: true,
      min: 1,
      description: 'The origins that may call, such as https://app.example.com, or * alone.',
    },
    methods: {
      type: 'string[]',
      default: ['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS'],
      min: 1,
      description: 'The methods that they may use.',
    },
    headers: {
      type: 'string[]',
      default: ['Content-Type', 'Authorization', 'X-Request-ID'],
      description: 'The request headers that they may send.',
    },
    exposeHeaders: {
      type: 'string[]',
      default: ['X-Request-ID'],
      description: 'The response headers that they may read.',
    },
    credentials: {
      type: 'boolean',
      default: false,
      description: 'Whether cookies and the like may come along; not possible with the origin *.',
    },
    maxAgeMs: {
      type: 'number',
      default: 3_600_000,
      min: 0,
      description: 'How long a browser may remember the answer to a preflight.',
    },
  },
  create(options) {
    const { credentials } = options;
    checkOrigins(options.origins, credentials);
    const rules: Rules = {
      origins: new Set(options.origins),
      anyOrigin: options.origins.includes('*'),
      methods: new Set(options.methods.map((method) => method.toUpperCase())),
      headers: new Set(options.headers.map((name) => name.toLowerCase())),
    };
    const preflight: readonly (readonly [string, string])[] = [
      ['Access-Control-Allow-Methods', [...rules.methods].join(', ')],
      ['Access-Control-Allow-Headers', options.headers.join(', ')],
      ['Access-Control-Max-Age', String(Math.floor(options.maxAgeMs / 1000))],
    ];
    return {
      access: { priority: PRIORITY, handle: (ctx) => decide(ctx, rules) },
      headerFilter: {
        priority: PRIORITY,
        handle(ctx) {
          const { headers } = ctx.response;
          // Not only where there is an origin: a cache must not give one origin the answer to another, or to none.
          if (!rules.anyOrigin) headers.appendItem('Vary', 'Origin');
          for (const name of OURS) headers.delete(name);
          const origin = ctx.headers.get('origin');
          if (origin === undefined || !allows(rules, origin)) return;
          headers.set('Access-Control-Allow-Origin', rules.anyOrigin ? '*' : origin);
          if (credentials) headers.set('Access-Control-Allow-Credentials', 'true');
          if (isPreflight(ctx)) {
            headers.appendItem('Vary', 'Access-Control-Request-Method');
            headers.appendItem('Vary', 'Access-Control-Request-Headers');
            if (ctx.response.status === 204)
              for (const [name, value] of preflight) headers.set(name, value);
          } else if (options.exposeHeaders.length) {
            headers.set('Access-Control-Expose-Headers', options.exposeHeaders.join(', '));
          }
        },
      },
    };
  },
});

/** What the upstream says on these would contradict what is said here. */
const OURS = [
  'Access-Control-Allow-Origin',
  'Access-Control-Allow-Credentials',
  'Access-Control-Allow-Methods',
  'Access-Control-Allow-Headers',
  'Access-Control-Expose-Headers',
  'Access-Control-Max-Age',
] as const;

interface Rules {
  readonly origins: ReadonlySet<string>;
  readonly anyOrigin: boolean;
  readonly methods: ReadonlySet<string>;
  readonly headers: ReadonlySet<string>;
}

function decide(ctx: GatewayContext, rules: Rules): void {
  const origin = ctx.headers.get('origin');
  if (origin === undefined || isOwn(ctx, origin)) return;
  if (!allows(rules, origin)) throw refusal('ORIGIN_NOT_ALLOWED', 'The origin may not call this');
  if (!isPreflight(ctx)) return;
  if (!rules.methods.has(ctx.headers.get('access-control-request-method') ?? '')) {
    throw refusal('METHOD_NOT_ALLOWED_FOR_ORIGIN', 'The origin may not use this method');
  }
  const asked = (ctx.headers.get('access-control-request-headers') ?? '').split(',');
  if (asked.some((name) => name.trim() && !rules.headers.has(name.trim().toLowerCase()))) {
    throw refusal('HEADER_NOT_ALLOWED_FOR_ORIGIN', 'The origin may not send one of these headers');
  }
  ctx.exit(204);
}

const allows = (rules: Rules, origin: string): boolean =>
  rules.anyOrigin ? origin.length <= LONGEST_ORIGIN : rules.origins.has(origin);

const isPreflight = ({ method, headers }: GatewayContext): boolean =>
  method === 'OPTIONS' && headers.has('origin') && headers.has('access-control-request-method');

/** A page of this very host sends its origin along as well, and needs no leave. */
function isOwn({ headers }: GatewayContext, origin: string): boolean {
  const host = headers.get('host')?.toLowerCase();
  return host !== undefined && (origin === `http://${host}` || origin === `https://${host}`);
}

const refusal = (code: string, detail: string): HttpError => new HttpError(403, detail, { code });

function checkOrigins(origins: readonly string[], credentials: boolean): void {
  if (origins.includes('*')) {
    if (credentials) throw new TypeError('cors: cannot use credentials with wildcard origin');
    if (origins.length > 1)
      throw outOfRange('cors.origins', '`*` alone or a list of origins', origins);
    return;
  }
  for (const origin of origins) {
    if (!ORIGIN.test(origin) || origin.length > LONGEST_ORIGIN) {
      throw outOfRange('cors.origins', 'origins such as https://app.example.com', origin);
    }
  }
}
