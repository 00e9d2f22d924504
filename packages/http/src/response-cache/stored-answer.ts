/** StoredAnswer: an answer as it is kept, with all that decides on its use worked out beforehand. */
import { HeaderList } from '../context/headers.ts';
import type { Validators } from '../answer/preconditions.ts';
import { type Freshness, freshnessOf, type Reception } from './freshness.ts';
import { httpDate, parseHttpDate } from './http-date.ts';
import type { ResponsePolicy } from './response-policy.ts';
import { type AnswerHead, mayGuess, omittedFields, type StoringRules } from './storing.ts';
import { type Selection, selectionOf } from './vary.ts';

/** An answer as it is kept. Plain data. */
export interface StoredAnswer extends Freshness {
  readonly status: number;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  readonly body: Uint8Array;
  /** Which fields of the request chose it, and what they said. */
  readonly vary: Selection;
  /** A well-formed entity tag, with its quotes. */
  readonly etag: string | undefined;
  /** A well-formed date, as it came. */
  readonly lastModified: string | undefined;
  /** By these it can be purged. */
  readonly tags: readonly string[];
}

/** A stored answer whose body is not there yet. */
export type StoredHead = Omit<StoredAnswer, 'body'>;

/** What an answer that has come is stored by. */
export interface StoringContext {
  readonly policy: ResponsePolicy;
  readonly reception: Reception;
  /** The headers of the request. */
  readonly request: HeaderList;
  /** The names by which the answer varies. */
  readonly varies: readonly string[];
  readonly heuristicFraction: number;
  readonly tagHeader: string | undefined;
}

const ENTITY_TAG = /^(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"$/;

/** Fields of one connection, which are nothing for the next one; the length is that of the body that is kept. */
const NEVER_STORED: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Fields that describe the very bytes that are kept, which a 304 does not bring. */
const OF_THE_BODY: ReadonlySet<string> = new Set([
  'content-digest',
  'content-encoding',
  'content-md5',
  'content-range',
  'digest',
  'etag',
  'repr-digest',
]);

/** The head of an answer as it will be kept. */
export function storedHead(head: AnswerHead, context: StoringContext): StoredHead {
  const { policy, reception, request, varies, heuristicFraction, tagHeader } = context;
  const headers = head.headers.toRaw();
  const heuristic = mayGuess(head, policy, request) ? heuristicFraction : 0;
  const { receivedMs } = reception;
  const kept = keptHeaders(headers, notKept(head.headers, policy, tagHeader));
  if (!head.headers.has('date')) kept.push('Date', httpDate(receivedMs));
  const etag = head.headers.get('etag');
  const lastModified = head.headers.get('last-modified');
  return {
    ...freshnessOf(head.headers, policy, reception, heuristic),
    status: head.status,
    headers: kept,
    vary: selectionOf(varies, request),
    etag: isEntityTag(etag) ? etag : undefined,
    lastModified: parseHttpDate(lastModified, receivedMs) === undefined ? undefined : lastModified,
    tags: tagHeader === undefined ? [] : tagsOf(head.headers, tagHeader),
  };
}

/** The headers of a stored answer with those that a 304, or the answer to HEAD, brings in the place of those of the same name. */
export function freshenedHeaders(
  stored: StoredAnswer,
  fresh: HeaderList,
  { storeCookies }: StoringRules,
): HeaderList {
  const connections = connectionFields(fresh);
  const merged = HeaderList.fromRaw(stored.headers);
  const names = new Set<string>();
  for (const [name] of fresh) {
    if (NEVER_STORED.has(name) || OF_THE_BODY.has(name) || connections.has(name)) continue;
    if (storeCookies || !name.startsWith('set-cookie')) names.add(name);
  }
  // How old it was said to be then has nothing to do with now; neither has when it was made.
  names.add('age').add('date');
  merged.deleteWhere((name) => names.has(name));
  for (const [name, value] of fresh) if (names.has(name)) merged.append(name, value);
  return merged;
}

/** What identifies the state of what was asked for. */
export function validatorsOf(answer: StoredHead, nowMs: number): Validators {
  // RFC 9111 4.3.2: where it does not say when it was changed, the latest moment is when it was made.
  const modifiedMs = parseHttpDate(answer.lastModified, nowMs) ?? answer.dateMs;
  return { etag: answer.etag, modifiedMs };
}

/** True for a well-formed entity tag. */
export function isEntityTag(text: string | undefined): text is string {
  return text !== undefined && ENTITY_TAG.test(text);
}

/** Whether the origin can be asked if it is still good. */
export function hasValidator({ etag, lastModified }: StoredHead): boolean {
  return etag !== undefined || lastModified !== undefined;
}

function notKept(
  headers: HeaderList,
  policy: ResponsePolicy,
  tagHeader: string | undefined,
): (name: string) => boolean {
  const connections = connectionFields(headers);
  const omitted = omittedFields(policy);
  const tag = tagHeader?.toLowerCase();
  return (name) =>
    NEVER_STORED.has(name) || connections.has(name) || omitted.has(name) || name === tag;
}

function keptHeaders(raw: readonly string[], isDropped: (name: string) => boolean): string[] {
  const kept: string[] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at] as string;
    if (!isDropped(name.toLowerCase())) kept.push(name, raw[at + 1] as string);
  }
  return kept;
}

/** The fields that `Connection` says are of this connection alone. */
function connectionFields(headers: HeaderList): ReadonlySet<string> {
  const value = headers.get('connection');
  return new Set(value?.split(',').map((name) => name.trim().toLowerCase()));
}

/** Tags stand between commas or blanks. */
function tagsOf(headers: HeaderList, tagHeader: string): string[] {
  const tags = (headers.get(tagHeader) ?? '').split(/[\s,]+/).filter(Boolean);
  return [...new Set(tags)];
}
