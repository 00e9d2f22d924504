/** compress: packs answers for clients that can unpack them, where it is worth it. */
import { isThenable } from '@interpose/kernel';
import { checkNames, checkWhole, outOfRange, unexpected } from '@interpose/kernel/options';
import { AnswerPacking } from '../coding/answer-packing.ts';
import type { HttpMiddleware } from '../app.ts';
import { codersHere } from '../coding/coders-here.ts';
import { COMPRESSIBLE_TYPES, typeTest } from '../coding/compressible-types.ts';
import { checkEncodings, CONTENT_CODINGS, type ContentCoding } from '../coding/content-codings.ts';
import type { HttpContext } from '../context/context.ts';

/** Options of `compress`. */
export interface CompressOptions {
  /** The codings to pack with, the one that you like best first; those that the runtime does not have are left out. @default zstd, br, gzip */
  readonly encodings?: readonly ContentCoding[];
  /** Answers that are smaller stay as they are. @default 1024 */
  readonly minBytes?: number;
  /** How hard each coding tries. @default gzip and deflate 6, br 4, zstd 3 */
  readonly levels?: Partial<Readonly<Record<ContentCoding, number>>>;
  /** The types that are packed, such as `text/*`, `+json`, `application/json`. @default COMPRESSIBLE_TYPES */
  readonly types?: readonly string[];
  /** Says which answers are not to be packed, such as those with a secret beside what a stranger can choose. @default none */
  readonly skip?: (ctx: HttpContext) => boolean;
}

const NAMES = ['encodings', 'minBytes', 'levels', 'types', 'skip'];
const DEFAULT_ENCODINGS: readonly ContentCoding[] = ['zstd', 'br', 'gzip'];
const DEFAULT_LEVELS: Readonly<Record<ContentCoding, number>> = {
  gzip: 6,
  deflate: 6,
  br: 4,
  zstd: 3,
};
const RANGES: Readonly<Record<ContentCoding, readonly [least: number, most: number]>> = {
  gzip: [1, 9],
  deflate: [1, 9],
  br: [0, 11],
  zstd: [1, 19],
};

export { COMPRESSIBLE_TYPES };

/**
 * Packs answers with the coding that the client likes best. Streams are let out whenever their source pauses.
 *
 * @throws TypeError or RangeError for options that are none
 * @example
 * const app = createApp().use(compress()).get('/', () => 'to be or not to be '.repeat(100));
 */
export function compress(options: CompressOptions = {}): HttpMiddleware {
  const packing = packingOf(options);
  return function compress(ctx, next) {
    const result = next();
    return isThenable(result)
      ? result.then((response) => packing.pack(ctx, response))
      : packing.pack(ctx, result);
  };
}

function packingOf(options: CompressOptions): AnswerPacking {
  checkNames('compress()', options, NAMES);
  const { encodings = DEFAULT_ENCODINGS, types = COMPRESSIBLE_TYPES, skip } = options;
  if (skip !== undefined && typeof skip !== 'function') {
    throw unexpected('skip', 'a function', skip);
  }
  const coders = codersHere();
  return new AnswerPacking(coders, {
    encodings: checkEncodings(encodings).filter((one) => coders.codings.includes(one)),
    minBytes: checkWhole('minBytes', options.minBytes ?? 1024),
    levels: checkLevels(options.levels ?? {}),
    isCompressible: typeTest(checkTypes(types)),
    skip,
  });
}

function checkLevels(
  levels: NonNullable<CompressOptions['levels']>,
): Readonly<Record<ContentCoding, number>> {
  checkNames('levels', levels, CONTENT_CODINGS);
  for (const coding of CONTENT_CODINGS) {
    const level = levels[coding];
    if (level === undefined) continue;
    const [least, most] = RANGES[coding];
    if (checkWhole(`levels.${coding}`, level, least) > most) {
      throw outOfRange(`levels.${coding}`, `${most} or less`, level);
    }
  }
  return { ...DEFAULT_LEVELS, ...levels };
}

function checkTypes(types: unknown): readonly string[] {
  const isList = Array.isArray(types) && types.every((type) => /^[\w.+/*-]+$/.test(String(type)));
  if (!isList) throw unexpected('types', 'a list of media types', types);
  return types as readonly string[];
}
