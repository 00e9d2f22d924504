/** Guids as texts: lower case, with dashes, without braces. */
import { unexpected } from '@interpose/kernel/options';

/** A guid in the form in which Dataverse writes it. */
export type Guid = string;

/** The guid that stands for none. */
export const EMPTY_GUID: Guid = '00000000-0000-0000-0000-000000000000';

/** As Dataverse writes it, and as nearly all are given: there is nothing to take out of it, or to change about it. */
const WRITTEN = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/;
const FORM = /^\{?([\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12})\}?$/i;

/** The guid that a text is, in braces or not and in any case; `undefined` if it is none. */
export function parseGuid(text: unknown): Guid | undefined {
  if (typeof text !== 'string') return undefined;
  if (text.length === 36 && WRITTEN.test(text)) return text;
  const found = FORM.exec(text)?.[1];
  // A brace on one side only is no guid.
  if (found === undefined || text.length % 2 !== 0) return undefined;
  return found.toLowerCase();
}

/**
 * The guid that a text is.
 *
 * @throws TypeError if it is none
 */
export function guid(text: string, name = 'id'): Guid {
  const found = parseGuid(text);
  if (found === undefined) throw unexpected(name, 'a guid', text);
  return found;
}
