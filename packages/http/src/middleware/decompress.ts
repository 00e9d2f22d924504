/** decompress: unpacks the bodies of requests while they are read, and stops those that would become too much. */
import { checkNames, checkWhole, outOfRange } from '@interpose/kernel/options';
import type { HttpMiddleware } from '../app.ts';
import { codersHere } from '../coding/coders-here.ts';
import {
  checkEncodings,
  codingsOf,
  CONTENT_CODINGS,
  type ContentCoding,
} from '../coding/content-codings.ts';
import { HttpError } from '../errors.ts';
import { unpackedBody } from '../coding/unpacked-body.ts';

/** Options of `decompress`. */
export interface DecompressOptions {
  /** The codings that are taken. @default all that the runtime has */
  readonly encodings?: readonly ContentCoding[];
  /** How large a body may become; more is a 413. @default 10 MiB */
  readonly maxBytes?: number;
  /** How many bytes may come of one byte; more is a 413. Bodies of 64 KiB and less are not judged by it. @default 100 */
  readonly maxRatio?: number;
  /** How many codings may lie on top of each other; more are a 415. @default 2 */
  readonly maxCodings?: number;
}

const NAMES = ['encodings', 'maxBytes', 'maxRatio', 'maxCodings'];
const MOST_CODINGS = 3;

/**
 * Unpacks the body of a request for whoever reads it. Afterwards the request looks as if it had never been packed.
 *
 * @throws TypeError or RangeError for options that are none
 * @example
 * const app = createApp().use(decompress()).post('/', async (ctx) => (await ctx.body.text()).length);
 */
export function decompress(options: DecompressOptions = {}): HttpMiddleware {
  checkNames('decompress()', options, NAMES);
  const coders = codersHere();
  const wanted = checkEncodings(options.encodings ?? CONTENT_CODINGS);
  const encodings = wanted.filter((one) => coders.codings.includes(one));
  const maxBytes = checkWhole('maxBytes', options.maxBytes ?? 10 * 1024 * 1024);
  const maxRatio = checkWhole('maxRatio', options.maxRatio ?? 100, 1);
  const maxCodings = checkWhole('maxCodings', options.maxCodings ?? 2, 1);
  if (maxCodings > MOST_CODINGS)
    throw outOfRange('maxCodings', `${MOST_CODINGS} or less`, maxCodings);
  const unpacking = { coders, bounds: { maxBytes, maxRatio } };
  return function decompress(ctx, next) {
    const header = ctx.headers.get('content-encoding');
    const body = ctx.requestBody;
    if (header === undefined || !body) return next();
    const codings = codingsOf(header, encodings);
    if (!codings || codings.length > maxCodings) {
      body.cancel();
      throw refusal(encodings, maxCodings);
    }
    ctx.headers.delete('Content-Encoding');
    if (codings.length) {
      ctx.headers.delete('Content-Length');
      ctx.requestBody = unpackedBody(body, codings, unpacking);
    }
    return next();
  };
}

/** Says what could be read (RFC 9110, section 15.5.16). */
function refusal(encodings: readonly string[], maxCodings: number): HttpError {
  const names = encodings.join(', ');
  return new HttpError(
    415,
    `Expected a body in no more than ${maxCodings} of the codings ${names}`,
    {
      code: 'UNSUPPORTED_CODING',
      headers: { 'Accept-Encoding': names },
    },
  );
}
