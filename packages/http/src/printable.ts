/** Texts of strangers for places where one line is one entry: nothing in them can end the line, forge another, or steer a terminal. */

const UNSAFE = /[^\x20-\x7e]/g;
const UNSAFE_QUOTED = /[^\x20-\x7e]|["\\]/g;
const MOST_LENGTH = 2048;

function escaped(character: string): string {
  if (character === '"' || character === '\\') return `\\${character}`;
  const code = character.charCodeAt(0);
  return code < 256
    ? `\\x${code.toString(16).padStart(2, '0')}`
    : `\\u${code.toString(16).padStart(4, '0')}`;
}

/** A text that is not too long for a log. */
export const cut = (text: string): string =>
  text.length > MOST_LENGTH ? `${text.slice(0, MOST_LENGTH)}...` : text;

/** For between quotes: printable ASCII, in which no quote stands without a backslash. */
export function quotable(text: string): string {
  return cut(text).replaceAll(UNSAFE_QUOTED, escaped);
}

/** One word: printable ASCII without spaces and quotes, and `-` for nothing. */
export function wordOf(text: string | undefined): string {
  return text ? quotable(text).replaceAll(' ', '\\x20') : '-';
}

/** A value as JSON in printable ASCII, which no reader of lines and no terminal takes for anything else. */
export function asciiJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    UNSAFE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
