/** What a failure in the middle of an upstream's answer means. */
import { UpstreamFailedError, upstreamFailure } from '@interpose/http/proxy';

/** The failure of an answer that had begun. */
export function brokenOff(error: unknown): unknown {
  const failure = upstreamFailure(error);
  return failure instanceof UpstreamFailedError
    ? new UpstreamFailedError(failure.cause, 'UPSTREAM_BROKE_OFF')
    : failure;
}
