/** What an answer says about caching: the field that is meant for caches like this one, or Cache-Control and Expires. */
import type { HeaderList } from '../context/headers.ts';
import { Directives } from './cache-control.ts';
import { parseDictionary } from './structured-dictionary.ts';

/** What an answer says about caching. */
export interface ResponsePolicy {
  readonly directives: Directives;
  /** True if it is said in a field for caches like this one; then Cache-Control and Expires are for others. */
  readonly isTargeted: boolean;
}

/** Reads what an answer says. `targets` are the fields that are meant for this cache, the first that says something counts (RFC 9213). */
export function readPolicy(headers: HeaderList, targets: readonly string[]): ResponsePolicy {
  for (const target of targets) {
    const text = headers.get(target);
    if (text === undefined) continue;
    const members = parseDictionary(text);
    if (members?.size) return { directives: Directives.fromMembers(members), isTargeted: true };
  }
  return { directives: Directives.fromLines(headers.getAll('cache-control')), isTargeted: false };
}
