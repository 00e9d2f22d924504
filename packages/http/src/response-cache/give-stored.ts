/** Answers a request with what is stored: whole, in part, or with 304 if the client has it already. */
import { parseRanges } from '../files/byte-ranges.ts';
import type { HttpContext } from '../context/context.ts';
import { judgePreconditions, rangeIsFresh } from '../answer/preconditions.ts';
import { cancelBody, type HttpResponse } from '../context/response.ts';
import { ageNow } from './freshness.ts';
import { parseHttpDate } from './http-date.ts';
import { type StoredAnswer, type StoredHead, validatorsOf } from './stored-answer.ts';

/** What a 304 does not repeat, as the client has it. */
const ABOUT_THE_BODY = ['content-encoding', 'content-language', 'content-length', 'content-type'];

/** Makes a 304 of an answer. */
export function giveNotModified(response: HttpResponse): HttpResponse {
  cancelBody(response.takeBody());
  response.status = 304;
  for (const name of ABOUT_THE_BODY) response.headers.delete(name);
  return response;
}

/** Makes it the answer of the request. */
export function giveStored(ctx: HttpContext, answer: StoredAnswer, nowMs: number): HttpResponse {
  const { response } = ctx;
  const { headers } = response;
  const { status, body, headers: stored } = answer;
  cancelBody(response.takeBody());
  response.status = status;
  for (let at = 0; at + 1 < stored.length; at += 2) headers.delete(stored[at] as string);
  for (let at = 0; at + 1 < stored.length; at += 2) {
    headers.append(stored[at] as string, stored[at + 1] as string);
  }
  headers.set('Age', Math.floor(ageNow(answer, nowMs) / 1000));
  if (status === 200 && isNotModified(ctx, answer, nowMs)) return giveNotModified(response);
  if (status === 200 && giveRange(ctx, answer, nowMs)) return response;
  if (status !== 204) headers.set('Content-Length', body.length);
  if (ctx.method !== 'HEAD') response.body = body;
  return response;
}

/** Whether the client has this very answer already. */
export function isNotModified(ctx: HttpContext, answer: StoredHead, nowMs: number): boolean {
  const { headers } = ctx;
  if (!headers.has('if-none-match') && !headers.has('if-modified-since')) return false;
  return judgePreconditions('GET', headers, validatorsOf(answer, nowMs)) === 'not-modified';
}

/** Gives one part of the body, or says that there is none; several at once are not given, but all. */
function giveRange(ctx: HttpContext, answer: StoredAnswer, nowMs: number): boolean {
  const asked = ctx.method === 'GET' ? ctx.headers.get('range') : undefined;
  const { etag, lastModified } = answer;
  const modifiedMs = parseHttpDate(lastModified, nowMs);
  if (asked === undefined || !rangeIsFresh(ctx.headers, { etag, modifiedMs })) return false;
  const { response } = ctx;
  const { length } = answer.body;
  const ranges = parseRanges(asked, length);
  if (!ranges || ranges.length > 1) return false;
  const [range] = ranges;
  if (!range) {
    response.status = 416;
    response.headers.set('Content-Range', `bytes */${length}`);
    response.headers.set('Content-Length', 0);
    return true;
  }
  const { first, last } = range;
  response.status = 206;
  response.headers.set('Content-Range', `bytes ${first}-${last}/${length}`);
  response.headers.set('Content-Length', last - first + 1);
  response.body = answer.body.subarray(first, last + 1);
  return true;
}
