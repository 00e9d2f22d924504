/** Texts and errors as they may be seen by anybody who reads a log: without secrets, and of a bounded length. */
import { isSecret, REDACTED } from '@interpose/kernel/redact';

/** The user of an address. */
const USER = /(?<=\/\/)[^\s/?#]+(?=@)/g;
/** The credentials of an HTTP scheme. */
const CREDENTIALS = /\b(basic|bearer) +[^\s,;"']+/gi;
/** What stands before a value, as in `password=x`, `token: x` and `"apiKey":"x"`. */
const NAME = /([\w-]{1,64})["']?\s*[=:]\s*/g;
/** A value, from where it begins. What looks like a name, as in `auth: token: x`, belongs to it with what it names. */
const VALUE = /(?:[^\s,;&"']+[=:]\s+)*(?:"[^"]*"|'[^']*'|[^\s,;&"']+)/y;

/** The name of an error class before its message, as at the head of a stack: `UnauthenticatedError: who are you?`. */
const ERROR_CLASS = /^[A-Z][A-Za-z\d]*(?:Error|Exception):\s+$/;

/** How much of a text is shown. */
const MOST_LETTERS = 4000;

/** A text for a log: credentials, and values whose name tells that they are secret, are hidden. */
export function safeText(text: string): string {
  const shown = publicText(text);
  let safe = '';
  let from = 0;
  for (const { 0: found, 1: name = '', index } of shown.matchAll(NAME)) {
    if (index < from || !isSecret(name)) continue;
    const start = index + found.length;
    if (ERROR_CLASS.test(found) && !/["']/.test(shown.charAt(start))) continue;
    VALUE.lastIndex = start;
    if (!VALUE.test(shown)) continue;
    safe += shown.slice(from, start) + REDACTED;
    from = VALUE.lastIndex;
  }
  return safe + shown.slice(from);
}

/** A text that was written for the caller: "password: too short" is no secret, but credentials are. */
export function publicText(text: string): string {
  const shown = text.length > MOST_LETTERS ? `${text.slice(0, MOST_LETTERS)}…` : text;
  return shown
    .replaceAll(USER, REDACTED)
    .replaceAll(CREDENTIALS, (_, scheme: string) => `${scheme} ${REDACTED}`);
}
