/** Validation: asks the origin whether what is stored is still good, and finds out which stored answer it means (RFC 9111, section 4.3). */
import type { HeaderList } from '../context/headers.ts';
import type { OriginConditions } from './origin-request.ts';
import { isEntityTag, type StoredAnswer } from './stored-answer.ts';

/** What is stored for a key, and which of it the request chooses. */
export interface Known {
  readonly all: readonly StoredAnswer[];
  readonly chosen: StoredAnswer | undefined;
}

/** A longer list of tags costs more than the answer that it may save. */
const MOST_TAG_CHARACTERS = 2048;

/** The conditions by which the origin is asked; without any, all of the answer is wanted. */
export function conditionsOf({ all, chosen }: Known): OriginConditions {
  if (chosen) return { ifNoneMatch: chosen.etag, ifModifiedSince: chosen.lastModified };
  // None of them is chosen by this request, yet the origin may say that one of them is the answer to it.
  const tags = new Set(all.flatMap(({ etag }) => (etag === undefined ? [] : [etag])));
  const list = [...tags].join(', ');
  return list && list.length <= MOST_TAG_CHARACTERS ? { ifNoneMatch: list } : {};
}

/** The stored answer that a 304 is about; `undefined` if that cannot be told, and so nothing may be made of it. */
export function confirmedBy(headers: HeaderList, { all, chosen }: Known): StoredAnswer | undefined {
  const etag = headers.get('etag');
  if (isEntityTag(etag)) {
    const compare = etag.startsWith('W/') ? weakly : strongly;
    const asked = chosen ? [chosen] : all;
    return latest(asked.filter((one) => one.etag !== undefined && compare(one.etag, etag)));
  }
  const tagged = all.filter((one) => one.etag !== undefined);
  const only = chosen ?? (tagged.length === 1 ? tagged[0] : undefined);
  const modified = headers.get('last-modified');
  // It says nothing by which it could be known; but it can only be about the one that was asked about.
  return modified === undefined || modified === only?.lastModified ? only : undefined;
}

/** Whether the answer to HEAD is about what is stored. */
export function isAbout(headers: HeaderList, stored: StoredAnswer): boolean {
  const etag = headers.get('etag');
  const modified = headers.get('last-modified');
  const length = headers.get('content-length');
  return (
    (etag === undefined || etag === stored.etag) &&
    (modified === undefined || modified === stored.lastModified) &&
    (length === undefined || length === String(stored.body.length))
  );
}

const strongly = (one: string, other: string): boolean => one === other;
const weakly = (one: string, other: string): boolean => opaque(one) === opaque(other);
const opaque = (etag: string): string => etag.replace(/^W\//, '');

function latest(answers: readonly StoredAnswer[]): StoredAnswer | undefined {
  return answers.reduce<StoredAnswer | undefined>(
    (best, one) => (best && best.dateMs >= one.dateMs ? best : one),
    undefined,
  );
}
