/** Headers between us and a response of node:http: ours beside those that the host has put there, and what it has put there as ours. */
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { HeaderList } from '../context/headers.ts';

/** What sets and takes out headers. */
export type HeaderSetter = Pick<ServerResponse, 'setHeader' | 'removeHeader'>;

/** One value or several. */
export type HeaderValue = number | string | readonly string[];

/** Headers of an answer. */
export interface AnswerHeaders {
  /** Names and values in turn. */
  readonly headers: readonly string[];
  /** `Content-Length`; `null` takes it out, `undefined` leaves what is there. */
  readonly length: number | null | undefined;
}

/** They belong to one connection, and are the business of who holds it. */
const OF_THE_CONNECTION = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
]);

/**
 * Puts headers on a response, in place of those of the same name; only cookies and `Vary` join what is there. Gives the length that they
 * promise. If one cannot be put there, none is.
 */
export function addHeaders(
  res: ServerResponse,
  setter: HeaderSetter,
  { headers, length }: AnswerHeaders,
): number | undefined {
  const grouped = groupOf(headers);
  if (length === null) grouped.delete('content-length');
  else if (length !== undefined) grouped.set('content-length', ['Content-Length', [`${length}`]]);
  join(grouped, res);
  const done: string[] = [];
  try {
    for (const [name, values] of grouped.values()) {
      setter.setHeader(name, values.length === 1 ? (values[0] as string) : values);
      done.push(name);
    }
  } catch (error) {
    for (const name of done) setter.removeHeader(name);
    throw error;
  }
  if (length === null) setter.removeHeader('Content-Length');
  if (!grouped.has('content-length')) return undefined;
  return Number(grouped.get('content-length')?.[1][0]);
}

/** Puts headers on a response in place of all that are there. */
export function setHeaders(res: ServerResponse, headers: readonly string[], length?: number): void {
  for (const name of res.getHeaderNames()) res.removeHeader(name);
  addHeaders(res, res, { headers, length });
}

/** Makes the headers of a response what they were. */
export function restoreHeaders(
  res: ServerResponse,
  before: OutgoingHttpHeaders,
  setter: HeaderSetter = res,
): void {
  for (const name of res.getHeaderNames()) setter.removeHeader(name);
  for (const [name, value] of Object.entries(before)) {
    if (value !== undefined) setter.setHeader(name, value);
  }
}

/** All that is on a response, as a list. */
export function takeHeaders(
  from: Readonly<Record<string, HeaderValue | undefined>>,
  into: HeaderList,
): void {
  into.deleteWhere(() => true);
  for (const [name, value] of Object.entries(from)) {
    for (const one of valuesOf(value)) into.append(name, one);
  }
}

export type Grouped = Map<string, [name: string, values: string[]]>;

/** By name in lower case, without those of a connection but `Connection: close`. */
export function groupOf(raw: readonly string[]): Grouped {
  const grouped: Grouped = new Map();
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const [name, value] = [raw[at] as string, raw[at + 1] as string];
    const lower = name.toLowerCase();
    const isClose = lower === 'connection' && /^\s*close\s*$/i.test(value);
    if (OF_THE_CONNECTION.has(lower) && !isClose) continue;
    const known = grouped.get(lower);
    if (known) known[1].push(value);
    else grouped.set(lower, [name, [value]]);
  }
  return grouped;
}

function join(grouped: Grouped, res: ServerResponse): void {
  const cookies = grouped.get('set-cookie');
  if (cookies) cookies[1].unshift(...valuesOf(res.getHeader('set-cookie')));
  const vary = grouped.get('vary');
  if (!vary) return;
  vary[1] = [joinedItems([...valuesOf(res.getHeader('vary')), ...vary[1]])];
}

/** The items of lists, each once. */
export function joinedItems(lists: readonly string[]): string {
  const items = new Map<string, string>();
  for (const item of lists.flatMap((list) => list.split(',')).map((one) => one.trim())) {
    if (item && !items.has(item.toLowerCase())) items.set(item.toLowerCase(), item);
  }
  return [...items.values()].join(', ');
}

/** The values of a header, however many they are. */
export function valuesOf(value: HeaderValue | undefined): string[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value.map(String) : [String(value)];
}
