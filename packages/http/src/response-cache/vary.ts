/** Vary: which fields of the request chose a stored answer, and whether those of another request choose it, too. */
import type { HeaderList } from '../context/headers.ts';

/** Names in lower case, each with the value that the request had, in normal form; `null` if it had none. */
export type Selection = readonly (readonly [name: string, value: string | null])[];

/** More names than these are no negotiation. */
const MOST_NAMES = 16;
const NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;
/** Fields whose values say the same in any case of letters. */
const CASELESS = new Set(['accept-encoding', 'accept-language']);

/** The names that an answer varies by; `undefined` if no other request may be given it. */
export function varyNames(headers: HeaderList): readonly string[] | undefined {
  const names = new Set<string>();
  for (const line of headers.getAll('vary')) {
    for (const part of line.split(',')) {
      const name = part.trim().toLowerCase();
      if (name === '') continue;
      // What is no name could be any; so could a star.
      if (name === '*' || !NAME.test(name)) return undefined;
      names.add(name);
    }
  }
  return names.size > MOST_NAMES ? undefined : [...names].toSorted();
}

/** What a request says in the fields that an answer varies by. */
export function selectionOf(names: readonly string[], headers: HeaderList): Selection {
  return names.map((name) => [name, valueOf(name, headers)] as const);
}

/** Whether a request chooses what was chosen so. */
export function isChosen(selection: Selection, headers: HeaderList): boolean {
  for (const [name, value] of selection) if (valueOf(name, headers) !== value) return false;
  return true;
}

/** True for two selections by the same fields with the same values. */
export function isSameSelection(one: Selection, other: Selection): boolean {
  if (one.length !== other.length) return false;
  return one.every(([name, value], at) => other[at]?.[0] === name && other[at][1] === value);
}

/** Several lines are one list, and blanks round its commas say nothing. */
function valueOf(name: string, headers: HeaderList): string | null {
  const value = headers.get(name);
  if (value === undefined) return null;
  const plain = value.includes(',') ? withoutBlanks(value) : value.trim();
  return CASELESS.has(name) ? plain.toLowerCase() : plain;
}

function withoutBlanks(value: string): string {
  let text = '';
  let from = 0;
  let isQuoted = false;
  for (let at = 0; at < value.length; at++) {
    const character = value[at];
    if (character === '\\' && isQuoted) at++;
    else if (character === '"') isQuoted = !isQuoted;
    else if (character === ',' && !isQuoted) {
      text += `${value.slice(from, at).trim()},`;
      from = at + 1;
    }
  }
  return text + value.slice(from).trim();
}
