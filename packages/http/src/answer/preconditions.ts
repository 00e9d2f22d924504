/** Conditional requests (RFC 9110, section 13): whether what the client has is still good. */
import type { HeaderList } from '../context/headers.ts';

/** What identifies the state of what is asked for. */
export interface Validators {
  /** With its quotes; weak ones begin with `W/`. */
  readonly etag?: string | undefined;
  /** Milliseconds since 1970. */
  readonly modifiedMs?: number | undefined;
}

/** How to answer: in full, with 304 that nothing has changed, or with 412 that too much has. */
export type Verdict = 'proceed' | 'not-modified' | 'failed';

/** Judges the conditions of a request, in the order that the RFC gives. */
export function judgePreconditions(
  method: string,
  headers: HeaderList,
  { etag, modifiedMs }: Validators,
): Verdict {
  const ifMatch = headers.get('if-match');
  if (ifMatch !== undefined) {
    if (!listHas(ifMatch, etag, isStronglySame)) return 'failed';
  } else {
    const since = dateOf(headers.get('if-unmodified-since'));
    if (since !== undefined && modifiedMs !== undefined && seconds(modifiedMs) > seconds(since)) {
      return 'failed';
    }
  }
  const isRead = method === 'GET' || method === 'HEAD';
  const ifNoneMatch = headers.get('if-none-match');
  if (ifNoneMatch !== undefined) {
    if (!listHas(ifNoneMatch, etag, isWeaklySame)) return 'proceed';
    return isRead ? 'not-modified' : 'failed';
  }
  const since = dateOf(headers.get('if-modified-since'));
  const isSame =
    since !== undefined && modifiedMs !== undefined && seconds(modifiedMs) <= seconds(since);
  return isRead && isSame ? 'not-modified' : 'proceed';
}

/** True if a part may be given: what the client has is of this very state, or it does not ask. */
export function rangeIsFresh(headers: HeaderList, { etag, modifiedMs }: Validators): boolean {
  const condition = headers.get('if-range');
  if (condition === undefined) return true;
  if (/^(?:W\/)?"/.test(condition)) return isStronglySame(condition, etag);
  const date = dateOf(condition);
  return date !== undefined && modifiedMs !== undefined && seconds(date) === seconds(modifiedMs);
}

const seconds = (ms: number): number => Math.floor(ms / 1000);

const HTTP_DATE = /^[A-Za-z]{3,9},? [\w :-]+(?: GMT)?$/;

/** The date of a header; nothing for what is none, which is then as if it were not there. */
export function dateOf(text: string | undefined): number | undefined {
  if (text === undefined || !HTTP_DATE.test(text)) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}

type Comparison = (one: string, other: string | undefined) => boolean;

function listHas(list: string, etag: string | undefined, isSame: Comparison): boolean {
  if (list.trim() === '*') return true;
  return (list.match(/(?:W\/)?"[^"]*"/g) ?? []).some((one) => isSame(one, etag));
}

const isStronglySame: Comparison = (one, other) => one === other && !one.startsWith('W/');
const isWeaklySame: Comparison = (one, other) => opaque(one) === opaque(other ?? '');
const opaque = (etag: string): string => etag.replace(/^W\//, '');
