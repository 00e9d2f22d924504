/** likePattern: what `like` finds: `%` is anything, `_` one character, `[a-c]` one of some, `[^a-c]` one of all others. */
import { folded } from '../store/cell.ts';

/** A step through a text. */
type Part = { readonly kind: 'any' } | { readonly kind: 'one'; fits(character: string): boolean };

/** A test for texts that are folded. It takes time that grows with the pattern times the text, whatever they are. */
export function likePattern(pattern: string): (folded: string) => boolean {
  const wanted = folded(pattern);
  const inner = wanted.replace(/^%+|%+$/g, '');
  if (!/[%_[]/.test(inner)) return plainPattern(wanted, inner);
  const parts = partsOf(wanted);
  return (text) => matches(parts, text);
}

/** Most patterns have a wildcard at their ends only. */
function plainPattern(pattern: string, inner: string): (folded: string) => boolean {
  const [isOpenBefore, isOpenBehind] = [pattern.startsWith('%'), pattern.endsWith('%')];
  if (isOpenBefore && isOpenBehind) return (text) => text.includes(inner);
  if (isOpenBefore) return (text) => text.endsWith(inner);
  return isOpenBehind ? (text) => text.startsWith(inner) : (text) => text === inner;
}

function partsOf(pattern: string): readonly Part[] {
  const parts: Part[] = [];
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern.charAt(at);
    if (character === '%') {
      if (parts.at(-1)?.kind !== 'any') parts.push({ kind: 'any' });
    } else if (character === '_') parts.push({ kind: 'one', fits: () => true });
    else if (character === '[' && pattern.indexOf(']', at + 2) > 0) {
      const end = pattern.indexOf(']', at + 2);
      parts.push({ kind: 'one', fits: oneOf(pattern.slice(at + 1, end)) });
      at = end;
    } else parts.push({ kind: 'one', fits: (other) => other === character });
  }
  return parts;
}

function oneOf(set: string): (character: string) => boolean {
  const isOpposite = set.startsWith('^');
  const members = isOpposite ? set.slice(1) : set;
  const ranges: [string, string][] = [];
  for (let at = 0; at < members.length; at++) {
    const first = members.charAt(at);
    const isRange = members.charAt(at + 1) === '-' && at + 2 < members.length;
    ranges.push([first, isRange ? members.charAt(at + 2) : first]);
    if (isRange) at += 2;
  }
  return (character) =>
    ranges.some(([first, last]) => character >= first && character <= last) !== isOpposite;
}

/** Goes back to the last `%` only, as all before it has taken as little as it could. */
function matches(parts: readonly Part[], text: string): boolean {
  let at = 0;
  let part = 0;
  let backPart = -1;
  let backAt = 0;
  while (at < text.length) {
    const step = parts[part];
    if (step?.kind === 'any') {
      backPart = part++;
      backAt = at;
    } else if (step?.fits(text.charAt(at))) {
      part++;
      at++;
    } else if (backPart >= 0) {
      part = backPart + 1;
      at = ++backAt;
    } else return false;
  }
  return parts.slice(part).every(({ kind }) => kind === 'any');
}
