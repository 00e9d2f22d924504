/** What a failed request to an upstream means to whoever asked. */
import { BadAnswerError, RequestFailedError, statusOfFailure } from '@interpose/wire';
import { HttpError } from '../errors.ts';

/** The upstream could not be reached, broke off, or did not speak HTTP. */
export class UpstreamFailedError extends HttpError {
  static override readonly code: string = 'UPSTREAM_FAILED';

  constructor(cause: unknown, code = 'UPSTREAM_FAILED') {
    super(502, 'The upstream could not answer', { code, cause });
  }
}

/** The upstream took too long; the cause says to do what. */
export class UpstreamTimeoutError extends HttpError {
  static override readonly code: string = 'UPSTREAM_TIMEOUT';

  constructor(cause: unknown) {
    super(504, 'The upstream took too long', { code: 'UPSTREAM_TIMEOUT', cause });
  }
}

/** All connections to the upstream are in use, and too many requests wait for one already, or waited too long. */
export class UpstreamBusyError extends HttpError {
  static override readonly code: string = 'UPSTREAM_BUSY';

  constructor(cause: unknown) {
    super(503, 'The upstream is busy', { code: 'UPSTREAM_BUSY', cause });
  }
}

/** The failure as an answer; what is no failure of a request is given back as it is. */
export function upstreamFailure(error: unknown): unknown {
  if (!RequestFailedError.is(error)) return error;
  const status = statusOfFailure(error);
  if (status === 503) return new UpstreamBusyError(error);
  if (status === 504) return new UpstreamTimeoutError(error);
  const code = BadAnswerError.is(error) ? 'UPSTREAM_PROTOCOL_ERROR' : undefined;
  return new UpstreamFailedError(error, code);
}
