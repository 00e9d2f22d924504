/** How much of everything a message may have. */
import { checkWhole } from '../option.ts';
import type { HeadLimits } from './request-head.ts';
import type { ChunkedLimits } from './chunked.ts';

/** All limits of a message. */
export type Limits = HeadLimits & ChunkedLimits;

/** Limits as options. */
export interface LimitOptions {
  /** Bytes of a request line or status line, without its CRLF. More is a 414. @default 8192 */
  readonly maxLineBytes?: number;
  /** Bytes of a head. More is a 431. @default 16_384 */
  readonly maxHeadBytes?: number;
  /** Header lines of a head. More is a 431. @default 100 */
  readonly maxHeaders?: number;
  /** Bytes of a body. More is a 413. @default 10 MiB for requests, none for answers */
  readonly maxBodyBytes?: number;
  /** Bytes of all chunk extensions of a body together. More is a 400. @default 1024 */
  readonly maxExtensionBytes?: number;
}

/**
 * Limits, checked.
 *
 * @throws TypeError or RangeError for options out of range
 */
export function checkLimits(options: LimitOptions, defaultMaxBodyBytes: number): Limits {
  const { maxBodyBytes = defaultMaxBodyBytes } = options;
  return {
    maxLineBytes: checkWhole('maxLineBytes', options.maxLineBytes ?? 8192, 16),
    maxHeadBytes: checkWhole('maxHeadBytes', options.maxHeadBytes ?? 16_384, 64),
    maxHeaders: checkWhole('maxHeaders', options.maxHeaders ?? 100, 1),
    maxBodyBytes:
      maxBodyBytes === Infinity ? Infinity : checkWhole('maxBodyBytes', maxBodyBytes, 0),
    maxExtensionBytes: checkWhole('maxExtensionBytes', options.maxExtensionBytes ?? 1024, 0),
  };
}
