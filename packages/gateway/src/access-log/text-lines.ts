/** Lines of text for an access log: nothing that a client sends can end one, forge another, or steer a terminal. */
import type { GatewayContext } from '../context.ts';
import {
  type AccessEntry,
  accessEntry,
  type EntryOptions,
  rounded,
  shownHeader,
  shownTarget,
} from './access-entry.ts';

/** Makes the line of a request that is over, at a time in the form of `clock.wall()`. */
export type LineOf = (ctx: GatewayContext, atMs: number, options: EntryOptions) => string;

/** How a line is written. */
export type TextFormat = 'detailed' | 'brief' | 'common' | 'combined';

/** What makes the lines of each format. */
export const TEXT_LINES: Readonly<Record<TextFormat, LineOf>> = {
  detailed,
  brief,
  common,
  combined(ctx, atMs, options) {
    const quoted = (name: string): string =>
      `"${quotable(shownHeader(name, ctx.headers.get(name)) ?? '-')}"`;
    return `${common(ctx, atMs, options)} ${quoted('referer')} ${quoted('user-agent')}`;
  },
};

/** When, what, what became of it, how long, which: `2026-01-02T03:04:05.006Z GET /orders 200 12.3ms r-1`. */
function brief(ctx: GatewayContext, atMs: number, options: EntryOptions): string {
  const { outcome } = ctx;
  const what = `${wordOf(ctx.method)} ${wordOf(shownTarget(ctx, options))}`;
  const ms = rounded(outcome?.durationMs ?? 0);
  return `${new Date(atMs).toISOString()} ${what} ${outcome?.status} ${ms}ms ${wordOf(ctx.requestId)}`;
}

/** The same, and then everything else by its name. */
function detailed(ctx: GatewayContext, atMs: number, options: EntryOptions): string {
  const entry = accessEntry(ctx, options);
  let line = brief(ctx, atMs, options);
  for (const name in entry) if (!IN_BRIEF.has(name)) line += ` ${name}=${valueOf(entry, name)}`;
  return line;
}

const IN_BRIEF = new Set(['event', 'method', 'path', 'query', 'status', 'ms', 'requestId']);

function valueOf(entry: AccessEntry, name: string): string {
  const value = entry[name];
  if (typeof value === 'string') return /^[\w.:/*-]+$/.test(value) ? value : `"${quotable(value)}"`;
  return typeof value === 'object' && value !== null
    ? `"${quotable(JSON.stringify(value))}"`
    : String(value ?? '-');
}

/** The host, `-`, the user, when, the line of the request, status and bytes; as web servers have written it since NCSA. */
function common(ctx: GatewayContext, atMs: number, options: EntryOptions): string {
  const { outcome, consumer } = ctx;
  const who = `${wordOf(ctx.clientAddress)} - ${wordOf(consumer?.name)}`;
  const asked = quotable(`${ctx.method || '-'} ${shownTarget(ctx, options)} HTTP/${ctx.version}`);
  return `${who} [${commonDate(atMs)}] "${asked}" ${outcome?.status} ${outcome?.bytes || '-'}`;
}

/** `10/Oct/2000:13:55:36 +0000` */
function commonDate(atMs: number): string {
  const [, day, month, year, time] = new Date(atMs).toUTCString().split(' ');
  return `${day}/${month}/${year}:${time} +0000`;
}

/** One word: printable ASCII without spaces and quotes, and `-` for nothing. */
function wordOf(text: string | undefined): string {
  return text ? quotable(text).replaceAll(' ', '\\x20') : '-';
}

/** For between quotes: printable ASCII, in which no quote stands without a backslash. */
function quotable(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]|["\\]/g, escaped);
}

function escaped(character: string): string {
  if (character === '"' || character === '\\') return `\\${character}`;
  const code = character.charCodeAt(0);
  return code < 256
    ? `\\x${code.toString(16).padStart(2, '0')}`
    : `\\u${code.toString(16).padStart(4, '0')}`;
}
