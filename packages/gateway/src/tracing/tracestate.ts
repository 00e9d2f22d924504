/** tracestate: what the systems along a trace keep for themselves, as W3C Trace Context writes it; handed on, never understood. */

const MOST_MEMBERS = 32;
/** Senders may shorten what is longer. */
const MOST_CHARACTERS = 512;
const KEY = /^(?:[a-z][\d_a-z\-*/]{0,255}|[a-z\d][\d_a-z\-*/]{0,240}@[a-z][\d_a-z\-*/]{0,13})$/;
const VALUE = /^[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;

/** The header in its plainest form: `undefined` if it says nothing, or is none, which then must not be handed on. */
export function readTracestate(text: string): string | undefined {
  const members = text
    .split(',')
    .map((member) => member.replace(/^[ \t]+|[ \t]+$/g, ''))
    .filter((member) => member !== '');
  if (members.length > MOST_MEMBERS) return undefined;
  const keys = new Set<string>();
  for (const member of members) {
    const at = member.indexOf('=');
    const key = member.slice(0, at);
    if (at < 0 || keys.has(key) || !KEY.test(key) || !VALUE.test(member.slice(at + 1))) {
      return undefined;
    }
    keys.add(key);
  }
  return shortened(members).join(',') || undefined;
}

/** Long ones go first, then the last ones, as those are the oldest. */
function shortened(members: readonly string[]): readonly string[] {
  const isTooLong = (list: readonly string[]): boolean => list.join(',').length > MOST_CHARACTERS;
  if (!isTooLong(members)) return members;
  let kept = members.filter(({ length }) => length <= 128);
  while (isTooLong(kept)) kept = kept.slice(0, -1);
  return kept;
}
