/** HttpError: an answer that is thrown, told apart by its code. */
import { CodedError } from '@interpose/kernel';
import { BodyUsedError, RefusedMessageError } from '@interpose/wire';
import { expect, test } from 'vitest';
import { HttpError, isHttpError, statusOf } from './errors.ts';

class TeapotError extends HttpError {
  static override readonly code: string = 'TEAPOT';

  constructor() {
    super(418, 'short and stout', { code: 'TEAPOT' });
  }
}

test('HttpError.is knows any thrown answer, and a subclass only its own', () => {
  const missing = new HttpError(404);
  const teapot = new TeapotError();
  expect(missing).toMatchObject({ status: 404, code: 'NOT_FOUND', message: 'Not Found' });
  expect([missing, teapot].map((error) => HttpError.is(error))).toEqual([true, true]);
  expect([missing, teapot].map((error) => TeapotError.is(error))).toEqual([false, true]);
  expect(HttpError.is(new BodyUsedError())).toBe(false);
  expect(isHttpError('text')).toBe(false);
});

test('the status of anything thrown: its own, the one of its code, or 500', () => {
  const limited = Object.assign(new CodedError('x'), { code: 'RATE_LIMITED' });
  const refused = new RefusedMessageError('BODY_TOO_LARGE');
  expect([new HttpError(403), limited, refused, new Error('x'), 'text'].map(statusOf)).toEqual([
    403, 429, 413, 500, 500,
  ]);
});
