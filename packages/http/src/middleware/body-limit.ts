/** bodyLimit: refuses bodies that are too large, before they are read where that is known, else in the middle. */
import { checkNames, checkWhole } from '@interpose/kernel/options';
import { IncomingBody } from '@interpose/wire';
import type { HttpMiddleware } from '../app.ts';
import { HttpError } from '../errors.ts';

/** Options of `bodyLimit`. */
export interface BodyLimitOptions {
  /** More than this is a 413. @default 1 MiB */
  readonly maxBytes?: number;
}

/**
 * Lets no more of a request's body in than it may have, whoever reads it and in whatever way.
 *
 * @throws TypeError or RangeError for options that are none
 * @example
 * const app = createApp().useAt('/upload', bodyLimit({ maxBytes: 50 * 1024 * 1024 }));
 */
export function bodyLimit(options: BodyLimitOptions = {}): HttpMiddleware {
  checkNames('bodyLimit()', options, ['maxBytes']);
  const maxBytes = checkWhole('maxBytes', options.maxBytes ?? 1024 * 1024);
  return function bodyLimit(ctx, next) {
    const body = ctx.requestBody;
    if (!body) return next();
    if (body.length === undefined) ctx.requestBody = limited(body, maxBytes);
    else if (body.length > maxBytes) {
      body.cancel();
      throw tooLarge(maxBytes);
    }
    ctx.maxBodyBytes = maxBytes;
    return next();
  };
}

/** A body that fails once there is more of it than there may be. */
function limited(body: IncomingBody, maxBytes: number): IncomingBody {
  let left = maxBytes;
  const through: IncomingBody = new IncomingBody(undefined, {
    begin: () =>
      body.readInto({
        chunk(bytes, last) {
          left -= bytes.length;
          if (left < 0) {
            body.cancel();
            through.fail(tooLarge(maxBytes));
            return true;
          }
          return through.push(bytes, last);
        },
        end: (trailers) => through.finish(trailers),
        fail: (error) => through.fail(error),
      }),
    pause() {
      // The sink has already said so by what it returned.
    },
    resume: () => body.resume(),
    retain: () => body.retain(),
    cancel: () => body.cancel(),
  });
  return through;
}

const tooLarge = (maxBytes: number): HttpError =>
  new HttpError(413, `The body may have no more than ${maxBytes} bytes`);
