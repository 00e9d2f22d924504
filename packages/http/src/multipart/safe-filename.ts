/** safeFilename: a name that a stranger gave to a file, as one that no system takes for anything else. */

const LONGEST_BYTES = 200;
/** What separates folders, what shells and Windows give a meaning, and what cannot be seen or turns text round. */
const UNSAFE =
  // oxlint-disable-next-line no-control-regex -- these are the ones to be taken out
  /[\0-\x1f\x7f-\x9f<>:"|?*\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffe\uffff]|\p{Cs}/gu;
/** Devices of Windows, whatever stands behind a dot. */
const DEVICE = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i;

/**
 * The last segment of a name, without what is no letter of a name: at most 200 bytes, no dot at its ends, no device of Windows. Empty if
 * nothing is left. It says nothing about the contents, and two files may have the same.
 */
export function safeFilename(raw: string): string {
  const last = raw.slice(Math.max(raw.lastIndexOf('/'), raw.lastIndexOf('\\')) + 1);
  const clean = trimmed(last.normalize('NFC').replaceAll(UNSAFE, ''));
  const short = trimmed(shortened(clean));
  return DEVICE.test(short) ? `_${short}` : short;
}

function trimmed(name: string): string {
  let end = name.length;
  while (end > 0 && isEdge(name[end - 1])) end--;
  let start = 0;
  while (start < end && isEdge(name[start])) start++;
  return name.slice(start, end);
}

const isEdge = (char: string | undefined): boolean => char === '.' || char === ' ';

/** What stands behind the last dot is kept, as others go by it. */
function shortened(name: string): string {
  if (bytesOf(name) <= LONGEST_BYTES) return name;
  const dot = name.lastIndexOf('.');
  const extension = dot > 0 && bytesOf(name.slice(dot)) <= 20 ? name.slice(dot) : '';
  const chars = Array.from(name.slice(0, name.length - extension.length));
  let left = LONGEST_BYTES - bytesOf(extension);
  const kept = chars.findIndex((char) => (left -= bytesOf(char)) < 0);
  return chars.slice(0, kept < 0 ? chars.length : kept).join('') + extension;
}

const encoder = new TextEncoder();
const bytesOf = (text: string): number => encoder.encode(text).length;
