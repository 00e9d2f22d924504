/** What a request asks of caches. */
import type { HeaderList } from '../context/headers.ts';
import { Directives } from './cache-control.ts';

/** What a request asks of caches; durations in milliseconds. */
export interface RequestDirectives {
  /** Nothing of the request or its answer may be stored. */
  readonly noStore: boolean;
  /** Only what the origin has just confirmed is wanted. */
  readonly mustValidate: boolean;
  readonly onlyIfCached: boolean;
  /** How old an answer may be. */
  readonly maxAgeMs: number | undefined;
  /** For how long an answer must still be fresh. */
  readonly minFreshMs: number | undefined;
  /** For how long an answer may have been stale. */
  readonly maxStaleMs: number | undefined;
  /** For how long an answer may have been stale where there is no other. */
  readonly staleIfErrorMs: number;
}

/** What a request asks that asks nothing. */
export const NOTHING_ASKED: RequestDirectives = Object.freeze({
  noStore: false,
  mustValidate: false,
  onlyIfCached: false,
  maxAgeMs: undefined,
  minFreshMs: undefined,
  maxStaleMs: undefined,
  staleIfErrorMs: 0,
});

/** Reads what a request asks. What is malformed counts as the strictest of what it can mean. */
export function readRequestDirectives(headers: HeaderList): RequestDirectives {
  const lines = headers.getAll('cache-control');
  if (lines.length === 0) {
    const pragma = headers.get('pragma');
    if (pragma === undefined || !/(?:^|,)\s*no-cache\s*(?:,|$)/i.test(pragma)) return NOTHING_ASKED;
    return { ...NOTHING_ASKED, mustValidate: true };
  }
  const asked = Directives.fromLines(lines);
  const maxAge = asked.seconds('max-age');
  const minFresh = asked.seconds('min-fresh');
  return {
    noStore: asked.has('no-store') || asked.isBroken,
    // To be no older than no time at all is to be confirmed now.
    mustValidate:
      asked.has('no-cache') || !(maxAge === undefined || maxAge > 0) || Number.isNaN(minFresh),
    onlyIfCached: asked.permits('only-if-cached'),
    maxAgeMs: inMs(maxAge),
    minFreshMs: inMs(minFresh),
    maxStaleMs: maxStaleOf(asked),
    staleIfErrorMs: inMs(asked.seconds('stale-if-error')) ?? 0,
  };
}

const inMs = (seconds: number | undefined): number | undefined =>
  seconds === undefined || Number.isNaN(seconds) ? undefined : seconds * 1000;

/** Without a number it is any time. */
function maxStaleOf(asked: Directives): number | undefined {
  if (!asked.permits('max-stale')) return undefined;
  return asked.isBare('max-stale') ? Infinity : inMs(asked.seconds('max-stale'));
}
