/** What a failed request to an upstream means to whoever asked. */
import { BadAnswerError, RequestFailedError, statusOfFailure } from '@interpose/wire';
import { UpstreamBusyError, UpstreamFailedError, UpstreamTimeoutError } from '../errors.ts';

/** The failure as an answer; what is no failure of a request is given back as it is. */
export function upstreamFailure(error: unknown): unknown {
  if (!RequestFailedError.is(error)) return error;
  switch (statusOfFailure(error)) {
    case 503:
      return new UpstreamBusyError(error);
    case 504:
      return new UpstreamTimeoutError(error);
    case 502:
      return new UpstreamFailedError(
        error,
        BadAnswerError.is(error) ? 'UPSTREAM_PROTOCOL_ERROR' : undefined,
      );
  }
}

/** The failure of an answer that had begun. */
export function brokenOff(error: unknown): unknown {
  const failure = upstreamFailure(error);
  return failure instanceof UpstreamFailedError
    ? new UpstreamFailedError(failure.cause, 'UPSTREAM_BROKE_OFF')
    : failure;
}
