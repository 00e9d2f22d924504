/** What stored answers learn from the answer to HEAD (RFC 9111, section 4.3.5). */
import type { Awaitable } from '@interpose/kernel';
import type { HttpResponse } from '../context/response.ts';
import type { CacheCall } from './cache-call.ts';
import type { CacheSettings } from './cache-settings.ts';
import { madeHead } from './made-head.ts';
import { freshenedHeaders } from './stored-answer.ts';
import { isAbout, type Known } from './validation.ts';

/** Whose request it was, and what it is about. */
export interface HeadUpdate {
  readonly settings: CacheSettings;
  readonly call: CacheCall;
  readonly known: Known;
}

/** Freshens the stored answer that the request chooses, or takes it out if the origin has another one now. */
export function freshenByHead(
  { settings, call, known: { chosen } }: HeadUpdate,
  { status, headers }: HttpResponse,
  requestedMs: number,
): Awaitable<unknown> {
  if (status !== 200 || chosen?.status !== 200) return undefined;
  const { shelf, clock } = settings;
  const { key } = call;
  const receivedMs = clock.wall();
  if (!isAbout(headers, chosen)) return shelf.remove(key, chosen, receivedMs);
  const given = { status, headers: freshenedHeaders(chosen, headers, settings) };
  const { head, isStorable } = madeHead(settings, call, given, { requestedMs, receivedMs });
  if (!isStorable) return undefined;
  const tags = head.tags.length ? head.tags : chosen.tags;
  const answer = { ...head, tags, body: chosen.body };
  return shelf.put(key, answer, { nowMs: receivedMs, isAllowed: () => true });
}
