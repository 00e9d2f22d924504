/** AccessEntry: what an access log knows of a request that is over. */
import { isSecret, REDACTED } from '@interpose/kernel/redact';
import type { GatewayContext } from '../context.ts';

/** What of a request is written besides what always is. */
export interface EntryOptions {
  /** Whether the query is written. */
  readonly query: boolean;
  /** The request headers that are written. */
  readonly headers: readonly string[];
}

/** What is written of a request, under the names that it has in JSON. */
export type AccessEntry = Record<string, unknown>;

/** Parameters of signed addresses and of sign-ins, which their names do not tell. */
const TELLING = /^(?:sig|code|state)$/i;
const OBEYED = /[\u007f-\u009f\u2028\u2029]/;
const EVERY_OBEYED = new RegExp(OBEYED, 'g');
/** So much of a text of the client is written. */
const MOST_CHARACTERS = 2048;

/** Everything that is known of a request, with nothing secret in it. */
export function accessEntry(ctx: GatewayContext, { query, headers }: EntryOptions): AccessEntry {
  const { outcome, route, consumer, upstream, traceContext, tls } = ctx;
  const entry: AccessEntry = {
    event: 'access',
    method: cut(ctx.method),
    path: cut(ctx.path),
  };
  if (query && ctx.search) entry['query'] = redactedQuery(ctx.query);
  entry['status'] = outcome?.status;
  entry['ms'] = rounded(outcome?.durationMs ?? 0);
  entry['bytes'] = outcome?.bytes;
  entry['requestId'] = ctx.requestId;
  entry['route'] = route?.name ?? null;
  entry['clientAddress'] = ctx.clientAddress;
  entry['version'] = ctx.version;
  const host = ctx.headers.get('host');
  if (host !== undefined) entry['host'] = cut(host);
  if (consumer) entry['consumer'] = consumer.name;
  if (upstream) {
    entry['upstream'] = upstream.name;
    if (upstream.target !== undefined) entry['target'] = upstream.target;
    entry['attempts'] = upstream.attempts;
  }
  addTimes(entry, ctx);
  if (tls) entry['tls'] = tls.version;
  if (traceContext) {
    entry['traceId'] = traceContext.traceId;
    entry['spanId'] = traceContext.spanId;
  }
  if (ctx.failure) entry['failure'] = codeOf(ctx.failure);
  if (headers.length > 0) entry['headers'] = shownHeaders(ctx, headers);
  return entry;
}

/** The target of a request as it may be shown. */
export function shownTarget(ctx: GatewayContext, { query }: EntryOptions): string {
  const shown = query && ctx.search ? redactedQuery(ctx.query) : '';
  return shown ? `${cut(ctx.path)}?${shown}` : cut(ctx.path);
}

/** The value of a header as it may be shown. */
export function shownHeader(name: string, value: string | undefined): string | null {
  if (value === undefined) return null;
  if (isSecret(name) || TELLING.test(name)) return REDACTED;
  return /^refer+er$/i.test(name) ? withoutSecrets(value) : cut(value);
}

/** Milliseconds with three places. */
export function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}

/** Where the time went: until it was let in, until its answer was there, until that was sent. */
function addTimes(entry: AccessEntry, ctx: GatewayContext): void {
  const { startedAtMs, passedAtMs, answeredAtMs, outcome } = ctx;
  if (answeredAtMs < 0 || !outcome) return;
  const isIn = passedAtMs >= 0;
  entry['accessMs'] = rounded((isIn ? passedAtMs : answeredAtMs) - startedAtMs);
  if (isIn) entry['contentMs'] = rounded(answeredAtMs - passedAtMs);
  entry['sendMs'] = rounded(Math.max(0, startedAtMs + outcome.durationMs - answeredAtMs));
}

function shownHeaders(
  { headers }: GatewayContext,
  names: readonly string[],
): Record<string, string | null> {
  const shown: Record<string, string | null> = {};
  for (const name of names) shown[name.toLowerCase()] = shownHeader(name, headers.get(name));
  return shown;
}

function codeOf(error: Error): string {
  const { code } = error as { readonly code?: unknown };
  return typeof code === 'string' ? code : error.name;
}

function redactedQuery(query: URLSearchParams): string {
  const shown = new URLSearchParams();
  for (const [name, value] of query) {
    shown.append(name, isSecret(name) || TELLING.test(name) ? REDACTED : value);
  }
  return cut(shown.toString());
}

/** The address of a page without its user and its query, in which there may be anything. */
function withoutSecrets(address: string): string {
  return cut(address)
    .replace(/[?#].*$/s, '')
    .replace(/^([a-z][\w+.-]*:)?(\/\/)[^/@]*@/i, '$1$2');
}

/** No longer than it may be, and with nothing in it that a terminal would obey even inside of JSON. */
function cut(text: string): string {
  const shown = text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}...` : text;
  return OBEYED.test(shown) ? shown.replaceAll(EVERY_OBEYED, '\uFFFD') : shown;
}
