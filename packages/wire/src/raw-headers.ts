/** Looks into headers as they came: names and values in turn. */
import { isToken } from './message-reader/syntax.ts';

/** The value of a header, by its name in lower case; several values are joined by a comma. */
export function headerOf(raw: readonly string[], name: string): string | undefined {
  let found: string | undefined;
  for (let at = 0; at < raw.length; at += 2) {
    const own = raw[at] as string;
    if (own.length !== name.length || !isToken(own, 0, name)) continue;
    const value = raw[at + 1] as string;
    found = found === undefined ? value : `${found}, ${value}`;
  }
  return found;
}
