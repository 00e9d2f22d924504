/** Cache-Status (RFC 9211): tells in the answer what the cache has done. */
import type { HttpResponse } from '../context/response.ts';

/** Why a request went to the origin. */
export type ForwardReason =
  | 'bypass'
  | 'method'
  | 'partial'
  | 'request'
  | 'stale'
  | 'uri-miss'
  | 'vary-miss';

/** What a cache has done. */
export interface CacheAction {
  /** It answered of its own. */
  readonly isHit?: boolean;
  readonly forwarded?: ForwardReason;
  /** What the origin said, where that is not what the client is told. */
  readonly originStatus?: number;
  readonly isStored?: boolean;
  /** Somebody else's request to the origin served this one as well. */
  readonly isCollapsed?: boolean;
  /** For how long the answer is still fresh. */
  readonly freshMs?: number;
}

const TOKEN = /^[A-Za-z*][!#$%&'*+\-.^_`|~0-9A-Za-z:/]*$/;

/** The name of a cache as it stands in the field. */
export function cacheName(name: string): string {
  return TOKEN.test(name) ? name : `"${name.replaceAll(/["\\]/g, '\\$&')}"`;
}

/** Adds what this cache has done behind what others did further in. */
export function tellStatus(
  response: HttpResponse,
  name: string | undefined,
  action: CacheAction,
): void {
  if (name === undefined) return;
  let text = name;
  if (action.isHit) text += '; hit';
  if (action.forwarded) text += `; fwd=${action.forwarded}`;
  if (action.originStatus) text += `; fwd-status=${action.originStatus}`;
  if (action.isStored) text += '; stored';
  if (action.isCollapsed) text += '; collapsed';
  if (action.freshMs !== undefined) text += `; ttl=${Math.floor(action.freshMs / 1000)}`;
  response.headers.append('Cache-Status', text);
}
