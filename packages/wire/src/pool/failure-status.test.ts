/** Every failure of a request has its status. */
import { expect, test } from 'vitest';
import * as errors from '../errors.ts';
import { statusOfFailure } from './failure-status.ts';

const STATUSES: Readonly<Record<string, number>> = {
  RequestFailedError: 502,
  ConnectFailedError: 502,
  ConnectTimeoutError: 504,
  ConnectionLostError: 502,
  FirstByteTimeoutError: 504,
  BodyIdleTimeoutError: 504,
  BadAnswerError: 502,
  PoolFullError: 503,
  PoolTimeoutError: 503,
  PoolClosedError: 503,
  RequestBodyError: 502,
};

const kinds = Object.values(errors).filter(
  (kind): kind is typeof errors.RequestFailedError =>
    kind === errors.RequestFailedError || kind.prototype instanceof errors.RequestFailedError,
);

test('there is no kind without one', () => {
  expect(kinds.map(({ name }) => name).sort()).toEqual(Object.keys(STATUSES).sort());
});

test.each(kinds)('$name', (kind) => {
  expect(statusOfFailure(new kind('it failed'))).toBe(STATUSES[kind.name]);
  // An error of another copy of the package is known by its code.
  const foreign = Object.assign(new Error('it failed'), { code: kind.code, nothingSent: false });
  expect(errors.RequestFailedError.is(foreign)).toBe(true);
  expect(statusOfFailure(foreign as never)).toBe(STATUSES[kind.name]);
});
