/** Says what our pool fails with in the way in which undici would say it. */
import {
  BadAnswerError,
  BodyIdleTimeoutError,
  ConnectFailedError,
  ConnectionLostError,
  ConnectTimeoutError,
  FirstByteTimeoutError,
  PoolClosedError,
  RequestBodyError,
} from '@interpose/wire';

type ErrorClass = new (message?: string) => Error;

/** The errors of undici that are needed here. */
export type UndiciErrors = Readonly<
  Record<
    | 'BodyTimeoutError'
    | 'ClientDestroyedError'
    | 'ConnectTimeoutError'
    | 'HeadersTimeoutError'
    | 'HTTPParserError'
    | 'RequestAbortedError'
    | 'SocketError',
    ErrorClass
  >
>;

/** The error with which undici would have failed. */
export function asUndiciError(error: Error, errors: UndiciErrors): Error {
  const { cause, message } = error;
  if (ConnectTimeoutError.is(error)) return new errors.ConnectTimeoutError();
  if (FirstByteTimeoutError.is(error)) return new errors.HeadersTimeoutError();
  if (BodyIdleTimeoutError.is(error)) return new errors.BodyTimeoutError();
  if (BadAnswerError.is(error)) return new errors.HTTPParserError(message);
  if (PoolClosedError.is(error)) return new errors.ClientDestroyedError();
  if ((ConnectFailedError.is(error) || RequestBodyError.is(error)) && cause instanceof Error)
    return cause;
  if (!ConnectionLostError.is(error)) return error;
  return cause instanceof Error ? cause : new errors.SocketError('other side closed');
}
