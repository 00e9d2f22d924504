/** What becomes of a header of a request that travels on; found out once for each name. */
import { HeaderList } from '@interpose/http';
import { dropClaims, dropHopHeaders } from '@interpose/http/proxy';

/** It travels on, or it does not, or something else is said in its place. */
export type HeaderFate = 'kept' | 'dropped' | 'host' | 'via';

/** Said anew for each request, or decided here already. */
const OWN: ReadonlySet<string> = new Set(['expect', 'x-request-id']);

/** Strangers choose the names, so those that are remembered are bounded in number and in length. */
const MOST_KNOWN = 1000;
const LONGEST_KNOWN = 64;
const known = new Map<string, HeaderFate>();

/** What becomes of a header, by its name in any spelling. */
export function fateOf(name: string): HeaderFate {
  return known.get(name) ?? decide(name);
}

function decide(name: string): HeaderFate {
  const lower = name.toLowerCase();
  const fate =
    lower === 'host' || lower === 'via' ? lower : OWN.has(lower) ? 'dropped' : travels(name);
  // A copy, as the name may be part of a whole head, which would be kept with it.
  if (known.size < MOST_KNOWN && name.length <= LONGEST_KNOWN) {
    known.set(Array.from(name).join(''), fate);
  }
  return fate;
}

function travels(name: string): HeaderFate {
  const alone = HeaderList.fromRaw([name, '']);
  dropHopHeaders(alone);
  dropClaims(alone);
  return alone.toRaw().length > 0 ? 'kept' : 'dropped';
}
