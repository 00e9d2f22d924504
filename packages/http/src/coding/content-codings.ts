/** Content codings (RFC 9110, section 8.4): what they are called, and which of them a client takes. */
import { outOfRange, unexpected } from '@interpose/kernel/options';
import { parseAccept } from '../context/accept.ts';

/** What a body can be packed with. */
export type ContentCoding = 'gzip' | 'br' | 'zstd' | 'deflate';

/** Every coding that is known here. */
export const CONTENT_CODINGS: readonly ContentCoding[] = ['zstd', 'br', 'gzip', 'deflate'];

/** What a client takes. */
export interface CodingChoice {
  /** The coding that it likes best; nothing if it takes none of them, or would rather have the body as it is. */
  readonly coding: ContentCoding | undefined;
  /** Whether it takes a body as it is. */
  readonly takesIdentity: boolean;
}

/** Who says nothing may well be unable to unpack anything. */
const SILENT: CodingChoice = { coding: undefined, takesIdentity: true };

/** What of `offered` an `Accept-Encoding` header asks for (RFC 9110, section 12.5.3); of those that are wanted alike, the first. */
export function chooseCoding(
  header: string | undefined,
  offered: readonly ContentCoding[],
): CodingChoice {
  if (header === undefined || header === '') return SILENT;
  const weights = new Map<string, number>();
  for (const { name, q } of parseAccept(header)) weights.set(knownName(name), q);
  const rest = weights.get('*');
  const weightOf = (name: string): number => weights.get(name) ?? rest ?? 0;
  const identity = weights.get('identity');
  const takesIdentity = (identity ?? rest) !== 0;
  let coding: ContentCoding | undefined;
  let most = 0;
  for (const one of offered) {
    const weight = weightOf(one);
    if (weight > most) [coding, most] = [one, weight];
  }
  return { coding: (identity ?? 0) > most ? undefined : coding, takesIdentity };
}

/**
 * The codings of a `Content-Encoding` header in the order in which they were put on; `undefined` if one of them is not among those `known`.
 */
export function codingsOf(
  header: string,
  known: readonly ContentCoding[],
): readonly ContentCoding[] | undefined {
  const codings: ContentCoding[] = [];
  for (const item of header.split(',')) {
    const name = knownName(item.trim().toLowerCase());
    if (name === 'identity' || name === '') continue;
    const coding = known.find((one) => one === name);
    if (coding === undefined) return undefined;
    codings.push(coding);
  }
  return codings;
}

/** Names that older clients use (RFC 9110, section 8.4.1.3). */
const knownName = (name: string): string => (name === 'x-gzip' ? 'gzip' : name);

/**
 * Checks an option that is a list of codings.
 *
 * @throws TypeError if it is no list, RangeError if one of them is not known
 */
export function checkEncodings(encodings: unknown): readonly ContentCoding[] {
  if (!Array.isArray(encodings) || encodings.length === 0) {
    throw unexpected('encodings', 'a list of codings', encodings);
  }
  for (const one of encodings as readonly unknown[]) {
    if (CONTENT_CODINGS.includes(one as ContentCoding)) continue;
    throw outOfRange('encodings', `a list of ${CONTENT_CODINGS.join(', ')}`, one);
  }
  return encodings as readonly ContentCoding[];
}
