/** What a failed request means to the client for whom it was made. */
import {
  BodyIdleTimeoutError,
  ConnectTimeoutError,
  FirstByteTimeoutError,
  PoolClosedError,
  PoolFullError,
  PoolTimeoutError,
  type RequestFailedError,
} from '../errors.ts';

const LATE = [ConnectTimeoutError, FirstByteTimeoutError, BodyIdleTimeoutError];
const BUSY = [PoolFullError, PoolTimeoutError, PoolClosedError];

/**
 * The status with which a proxy answers its client when the request that it made for it has failed: 504 if something took too long, 503 if
 * there was no connection to be had and none was tried, else 502. A RequestBodyError is the client's own fault as a rule: look at its
 * `cause` first.
 */
export function statusOfFailure(error: RequestFailedError): 502 | 503 | 504 {
  if (LATE.some((kind) => kind.is(error))) return 504;
  return BUSY.some((kind) => kind.is(error)) ? 503 : 502;
}
