/** RequestRecord: what is remembered of a request that is over, without secrets and without its body. */
import { isSecret, REDACTED } from '@interpose/kernel/redact';
import type { GatewayRequest } from '../context.ts';
import type { RouteConfig } from '../gateway-config.ts';
import type { UpstreamUse } from '../upstream/asked.ts';
import type { RequestTrace } from './request-trace.ts';

/** A request that is over. */
export interface RequestRecord {
  readonly id: string;
  /** When it ended, in milliseconds since 1970. */
  readonly endedAtMs: number;
  readonly method: string;
  readonly host: string | undefined;
  readonly path: string;
  readonly search: string;
  readonly route: RouteConfig | undefined;
  readonly params: Readonly<Record<string, string>>;
  readonly status: number;
  readonly bytes: number;
  readonly durationMs: number;
  readonly client: string;
  readonly consumer: string | undefined;
  /** Why it was refused or failed, or its answer was cut. */
  readonly failure: { readonly code: string | undefined; readonly message: string } | undefined;
  /** Where it went, and how often it was sent. */
  readonly sent: UpstreamUse | undefined;
  readonly trace: RequestTrace | undefined;
}

/** Parameters of signed addresses and of sign-ins, which their names do not tell. */
const TELLING = /^(?:sig|code)$/i;
/** A client can make a path as long as a line; what is remembered of it need not be. */
const MOST_CHARACTERS = 2048;

/** The record of a request that has ended. */
export function recordOf(ctx: GatewayRequest, endedAtMs: number): RequestRecord {
  const { route, outcome, consumer, params, trace } = ctx;
  const cause: unknown = ctx.failure ?? outcome?.error;
  return {
    id: ctx.requestId,
    endedAtMs,
    method: ctx.method,
    route,
    params,
    trace,
    host: ctx.headers.get('host'),
    path: ctx.path.slice(0, MOST_CHARACTERS),
    search: redactedSearch(ctx.search),
    status: outcome?.status ?? 0,
    bytes: outcome?.bytes ?? 0,
    durationMs: outcome?.durationMs ?? 0,
    client: ctx.clientAddress,
    consumer: consumer?.name,
    failure: cause === undefined ? undefined : failureOf(cause),
    sent: sentTo(ctx),
  };
}

function failureOf(cause: unknown): RequestRecord['failure'] {
  if (!(cause instanceof Error)) return { code: undefined, message: String(cause) };
  const { code } = cause as { readonly code?: unknown };
  return { code: typeof code === 'string' ? code : undefined, message: cause.message };
}

/** A copy: the call itself would keep everything alive that it has. */
function sentTo({ upstream }: GatewayRequest): UpstreamUse | undefined {
  if (!upstream) return undefined;
  const { name, target, attempts } = upstream;
  return { name, target, attempts };
}

/** A query without the values of parameters that sound secret. */
export function redactedSearch(search: string): string {
  if (search.length < 2) return search;
  const shown = search
    .slice(1, MOST_CHARACTERS)
    .split('&')
    .map((part) => {
      const at = part.indexOf('=');
      const name = at < 0 ? part : part.slice(0, at);
      return at >= 0 && isHidden(name) ? `${name}=${REDACTED}` : part;
    });
  return `?${shown.join('&')}`;
}

function isHidden(name: string): boolean {
  let plain = name;
  try {
    plain = decodeURIComponent(name.replaceAll('+', ' '));
  } catch {
    // What cannot be unescaped is judged as it stands.
  }
  return isSecret(plain) || TELLING.test(plain);
}
