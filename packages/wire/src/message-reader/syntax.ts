/** Which characters may stand where in a head: one table of 256 marks for each place. */

export const TAB = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const SP = 0x20;
export const COLON = 0x3a;

/** Characters of a token (RFC 9110 section 5.6.2): methods and the names of headers. */
export const TOKEN: Readonly<Uint8Array> = marks(/[!#$%&'*+\-.^_`|~0-9A-Za-z]/);
/** Characters of a header's value (RFC 9110 section 5.5): tab, space, visible characters, the upper half of Latin-1. */
export const VALUE: Readonly<Uint8Array> = marks(/[\t\x20-\x7e\x80-\xff]/);
/** Characters of a request target: what is visible in ASCII, without the `#` of a fragment. */
export const TARGET: Readonly<Uint8Array> = marks(/[\x21\x22\x24-\x7e]/);

/** The value of a hexadecimal digit by its code, and 255 for what is none. */
export const HEX: Readonly<Uint8Array> = Uint8Array.from({ length: 256 }, (_, code) => {
  const digit = Number.parseInt(String.fromCharCode(code), 16);
  return Number.isNaN(digit) ? 255 : digit;
});

function marks(allowed: RegExp): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, code) =>
    Number(allowed.test(String.fromCharCode(code))),
  );
}

/** True if the token that begins at `at` and is as long as `lower` is the same but for the case. */
export function isToken(text: string, at: number, lower: string): boolean {
  for (let index = 0; index < lower.length; index++) {
    const code = text.charCodeAt(at + index);
    const wanted = lower.charCodeAt(index);
    if (code !== wanted && !((code | 0x20) === wanted && isLetter(wanted))) return false;
  }
  return true;
}

const isLetter = (code: number): boolean => code >= 0x61 && code <= 0x7a;

/** True if `text` is a token. */
export function isTokenText(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (!TOKEN[text.charCodeAt(at)]) return false;
  return text.length > 0;
}

/** True if `text` can be the value of a header. */
export function isValueText(text: string): boolean {
  if (typeof text !== 'string') return false;
  for (let at = 0; at < text.length; at++) if (!VALUE[text.charCodeAt(at)]) return false;
  return true;
}

/** True if `text` can stand in a request line as the target. */
export function isTargetText(text: string): boolean {
  if (typeof text !== 'string') return false;
  for (let at = 0; at < text.length; at++) if (!TARGET[text.charCodeAt(at)]) return false;
  return text.length > 0;
}
