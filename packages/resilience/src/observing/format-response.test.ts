/** formatResponse: one form for all answers, and nothing internal in any of them. */
import { isThenable, pipeline } from '@interpose/kernel';
import { fakeClock, middlewareContract } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import { ForbiddenError, UnauthenticatedError } from '../checks/errors.ts';
import { invalidInput } from '../checks/invalid-input.ts';
import { RateLimitedError } from '../errors.ts';
import { formatResponse, type FormatResponseOptions } from './format-response.ts';

const wallMs = Date.UTC(2026, 0, 31, 12);
const clock = { ...fakeClock(), wall: () => wallMs };
const timestamp = '2026-01-31T12:00:00.000Z';

function answering(
  answer: () => unknown,
  options: FormatResponseOptions = {},
): (ctx: object) => unknown {
  return pipeline<object, unknown>({ answersNothing: true })
    .use(formatResponse({ clock, ...options }))
    .handle(answer);
}

const failing =
  (error: unknown): (() => never) =>
  () => {
    throw error;
  };

describe('formatResponse', () => {
  test.each([[{ id: 1 }], [[]], ['text'], [0], [false], [null], [undefined]])(
    'M-150 puts the result %o into its form',
    async (data) => {
      expect(answering(() => data)({ requestId: 'r-1' })).toStrictEqual({
        success: true,
        data,
        timestamp,
        request_id: 'r-1',
      });
    },
  );

  test('M-150 without a request id there is none', () => {
    expect(answering(() => 1)({})).toStrictEqual({ success: true, data: 1, timestamp });
    expect(answering(() => 1)({ requestId: 5 })).toStrictEqual({
      success: true,
      data: 1,
      timestamp,
    });
  });

  test.each([
    [
      new UnauthenticatedError(),
      { type: 'UnauthenticatedError', message: 'Unauthorized', code: 'UNAUTHENTICATED' },
    ],
    [
      new ForbiddenError(['admin']),
      { type: 'ForbiddenError', message: 'Forbidden', code: 'FORBIDDEN' },
    ],
    [
      new RateLimitedError({ policy: 'p', retryAfterMs: 1, limit: 1, remaining: 0, resetMs: 1 }),
      { type: 'RateLimitedError', message: 'Too Many Requests', code: 'RATE_LIMITED' },
    ],
    [
      invalidInput([{ field: 'age', message: 'too young' }]),
      {
        type: 'ValidationError',
        message: 'Invalid input at age: too young',
        code: 'VALIDATION',
        details: [{ field: 'age', message: 'too young' }],
      },
    ],
  ])('M-150 puts %s into its form', (error, told) => {
    expect(answering(failing(error))({ requestId: 'r-1' })).toStrictEqual({
      success: false,
      error: told,
      timestamp,
      request_id: 'r-1',
    });
  });

  test.each([
    [new TypeError('db-3.internal: password hunter2')],
    [Object.assign(new Error('secret'), { code: 'ECONNREFUSED' })],
    ['a text'],
    [undefined],
  ])('M-150 X-R3 tells nothing of %s', (error) => {
    expect(answering(failing(error))({})).toStrictEqual({
      success: false,
      error: { type: 'InternalError', message: 'Internal Server Error', code: 'INTERNAL_ERROR' },
      timestamp,
    });
  });

  test('tells more where it is told to', () => {
    const table = { FORBIDDEN: { status: 403, expose: true } };
    expect(answering(failing(new ForbiddenError()), { table })({})).toMatchObject({
      error: { message: 'You are not allowed to do this.' },
    });
  });

  test('leaves alone a call that its caller has given up', async () => {
    const signal = AbortSignal.abort(new Error('gone'));
    const serve = answering(async () => failing(signal.reason)());
    const controller = new AbortController();
    const call = serve({ signal: controller.signal });
    await expect(call).resolves.toMatchObject({ success: false });
    controller.abort('gone');
    await expect(
      answering(async () => failing('gone')())({ signal: controller.signal }),
    ).rejects.toBe('gone');
  });

  test('is as synchronous as the rest', async () => {
    expect(isThenable(answering(() => 1)({}))).toBe(false);
    expect(await answering(async () => 1)({})).toMatchObject({ success: true, data: 1 });
  });

  test('options that are wrong are refused in a sentence', () => {
    expect(() => formatResponse({ table: 5 } as never)).toThrow('Expected `table`');
    expect(() => formatResponse({ clok: 5 } as never)).toThrow('Did you mean "clock"?');
  });

  const laws = middlewareContract(() => formatResponse(), {
    changesResult: true,
    handlesErrors: true,
    sync: true,
  });
  test.each(laws.map((law) => [law.name, law.check] as const))('%s', async (_, check) => check());
});
