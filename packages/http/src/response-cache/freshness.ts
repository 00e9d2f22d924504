/** Freshness: how long an answer may be given again, how old it is, and what may be done with it now (RFC 9111, section 4.2; RFC 5861). */
import type { HeaderList } from '../context/headers.ts';
import { parseHttpDate } from './http-date.ts';
import type { RequestDirectives } from './request-directives.ts';
import type { ResponsePolicy } from './response-policy.ts';

/** When an answer was asked for and when its head came, in milliseconds since 1970. */
export interface Reception {
  readonly requestedMs: number;
  readonly receivedMs: number;
}

/** How long an answer may be given again. */
export interface Freshness {
  /** When its head came, in milliseconds since 1970. */
  readonly receivedMs: number;
  /** When it was made, in milliseconds since 1970. */
  readonly dateMs: number;
  /** How old it was when it came. */
  readonly ageMs: number;
  /** How old it may become. */
  readonly lifetimeMs: number;
  /** It may only be given again after the origin has confirmed it. */
  readonly mustValidate: boolean;
  /** It may not be given again once it is stale, whatever happens. */
  readonly neverStale: boolean;
  /** For how long it may be given stale while it is renewed. */
  readonly staleWhileRevalidateMs: number;
  /** For how long it may be given stale if it cannot be renewed. */
  readonly staleIfErrorMs: number;
}

/** What to do with a stored answer: give it as fresh, as stale, as stale while it is renewed, or ask the origin first. */
export type Use = 'fresh' | 'stale' | 'renew' | 'validate';

const DAY_MS = 86_400_000;

/** Judges an answer that has come. `heuristic` is the share of its age at the origin for which it is fresh where it does not say. */
export function freshnessOf(
  headers: HeaderList,
  { directives, isTargeted }: ResponsePolicy,
  { requestedMs, receivedMs }: Reception,
  heuristic: number,
): Freshness {
  const dateMs = parseHttpDate(headers.get('date'), receivedMs) ?? floorToSecond(receivedMs);
  const toldAge = ageOf(headers);
  const apparentMs = Math.max(0, floorToSecond(receivedMs) - dateMs);
  const ageMs = Math.max(apparentMs, toldAge * 1000 + Math.max(0, receivedMs - requestedMs));
  const explicitMs =
    secondsToMs(directives.seconds('s-maxage') ?? directives.seconds('max-age')) ??
    (isTargeted ? undefined : lifetimeByExpires(headers, dateMs, receivedMs));
  const heuristicMs = (): number => heuristic * sinceModified(headers, dateMs, receivedMs);
  return {
    receivedMs,
    dateMs,
    ageMs,
    lifetimeMs: Math.max(0, explicitMs ?? Math.min(DAY_MS, heuristicMs())),
    mustValidate: directives.has('no-cache') && !directives.fields('no-cache'),
    neverStale:
      directives.has('must-revalidate') ||
      directives.has('proxy-revalidate') ||
      directives.has('s-maxage'),
    staleWhileRevalidateMs: secondsToMs(directives.seconds('stale-while-revalidate')) ?? 0,
    staleIfErrorMs: secondsToMs(directives.seconds('stale-if-error')) ?? 0,
  };
}

/** How old an answer is now. */
export function ageNow({ ageMs, receivedMs }: Freshness, nowMs: number): number {
  return ageMs + Math.max(0, nowMs - receivedMs);
}

/** For how long an answer is still fresh; less than 0: for how long it has been stale. */
export function freshFor(answer: Freshness, nowMs: number): number {
  return answer.lifetimeMs - ageNow(answer, nowMs);
}

/** What to do with a stored answer for a request that asks for this. */
export function useOf(answer: Freshness, asked: RequestDirectives, nowMs: number): Use {
  if (answer.mustValidate || asked.mustValidate) return 'validate';
  // The clock was set back, so nobody knows how old it is.
  if (nowMs < answer.receivedMs) return 'validate';
  if (asked.maxAgeMs !== undefined && ageNow(answer, nowMs) > asked.maxAgeMs) return 'validate';
  const leftMs = freshFor(answer, nowMs);
  if (leftMs > 0) return leftMs >= (asked.minFreshMs ?? 0) ? 'fresh' : 'validate';
  if (answer.neverStale || asked.minFreshMs !== undefined) return 'validate';
  if (asked.maxStaleMs !== undefined && -leftMs <= asked.maxStaleMs) return 'stale';
  return -leftMs < answer.staleWhileRevalidateMs ? 'renew' : 'validate';
}

/** Whether an answer may be given where the origin has failed. `defaultMs` counts where neither it nor the request says for how long. */
export function mayCoverError(
  answer: Freshness,
  asked: RequestDirectives,
  { nowMs, defaultMs }: { readonly nowMs: number; readonly defaultMs: number },
): boolean {
  if (answer.mustValidate || nowMs < answer.receivedMs) return false;
  const leftMs = freshFor(answer, nowMs);
  if (leftMs <= 0 && answer.neverStale) return false;
  const coveredMs = Math.max(answer.staleIfErrorMs, asked.staleIfErrorMs, defaultMs);
  return coveredMs > 0 && -leftMs < coveredMs;
}

/** For how long after now an answer can be of any use. */
export function usefulFor(answer: Freshness, nowMs: number, hasValidator: boolean): number {
  const { staleWhileRevalidateMs, staleIfErrorMs } = answer;
  const behindMs = Math.max(staleWhileRevalidateMs, staleIfErrorMs, hasValidator ? DAY_MS : 0);
  return Math.max(0, freshFor(answer, nowMs)) + behindMs;
}

const floorToSecond = (ms: number): number => Math.floor(ms / 1000) * 1000;

/** What is malformed says that it is stale. */
function secondsToMs(seconds: number | undefined): number | undefined {
  if (seconds === undefined) return undefined;
  return Number.isNaN(seconds) ? 0 : seconds * 1000;
}

/** An age that is no number, or several, may be any age. */
function ageOf(headers: HeaderList): number {
  const lines = headers.getAll('age');
  if (lines.length === 0) return 0;
  const text = lines.length === 1 ? (lines[0] as string).trim() : '';
  return /^\d+$/.test(text) ? Math.min(Number(text), 2 ** 31) : 2 ** 31;
}

/** A date that is none, or several that differ, are in the past. */
function lifetimeByExpires(headers: HeaderList, dateMs: number, nowMs: number): number | undefined {
  const lines = new Set(headers.getAll('expires'));
  if (lines.size === 0) return undefined;
  const [only] = lines;
  const expiresMs = lines.size === 1 ? parseHttpDate(only, nowMs) : undefined;
  return expiresMs === undefined ? 0 : expiresMs - dateMs;
}

function sinceModified(headers: HeaderList, dateMs: number, nowMs: number): number {
  const modifiedMs = parseHttpDate(headers.get('last-modified'), nowMs);
  return modifiedMs === undefined ? 0 : Math.max(0, dateMs - modifiedMs);
}
