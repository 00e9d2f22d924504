/** Byte ranges (RFC 9110, section 14): which parts of something a request asks for. */

/** A part: the first byte of it, and the last. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/** More ranges than these are no download that was broken off, but an attempt to make work. */
const MOST_RANGES = 10;

/**
 * The parts that a `Range` header asks for of something of that size. `undefined`: the header is to be passed over, and everything given;
 * an empty list: there are no such parts, which is a 416.
 */
export function parseRanges(header: string, size: number): readonly ByteRange[] | undefined {
  const list = /^bytes=([\d\s,-]+)$/i.exec(header)?.[1];
  if (list === undefined) return undefined;
  const parts = list.split(',').map((part) => part.trim());
  if (parts.length > MOST_RANGES) return undefined;
  const ranges: ByteRange[] = [];
  for (const part of parts) {
    const [, from, to] = /^(\d{0,15})-(\d{0,15})$/.exec(part) ?? [];
    if (from === undefined || to === undefined || (from === '' && to === '')) return undefined;
    if (from !== '' && to !== '' && Number(to) < Number(from)) return undefined;
    const range = rangeOf(from, to, size);
    if (range) ranges.push(range);
  }
  // Parts that overlap would be sent twice; then it is less to send all of it.
  const bytes = ranges.reduce((sum, { first, last }) => sum + last - first + 1, 0);
  return bytes > size ? undefined : ranges;
}

function rangeOf(from: string, to: string, size: number): ByteRange | undefined {
  if (from === '') {
    const length = Math.min(Number(to), size);
    return length === 0 ? undefined : { first: size - length, last: size - 1 };
  }
  const first = Number(from);
  if (first >= size) return undefined;
  return { first, last: to === '' ? size - 1 : Math.min(Number(to), size - 1) };
}
