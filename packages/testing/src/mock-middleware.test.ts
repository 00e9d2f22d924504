/** The mock middleware tells what has passed through it, and changes nothing. */
import { type CallContext, compose, wrap } from '@interpose/kernel';
import { describe, expect, test } from 'vitest';
import { mockMiddleware, recorder, settle, spy, stubHandler } from './index.ts';

describe('mockMiddleware', () => {
  test('M-170 before(ctx) is called before, after(ctx, result) after, onError(ctx, error) on failure; ctx carries funcName', async () => {
    const error = new Error('bounced');
    const journal = recorder();
    const watched = mockMiddleware();
    const sendMail = wrap(async function sendMail(to: string) {
      journal.log(
        `before ${watched.mock.before.calls.length}, after ${watched.mock.after.calls.length}`,
      );
      if (to === 'nobody') throw error;
      return `sent to ${to}`;
    }, watched);

    expect(await sendMail('ada')).toBe('sent to ada');
    journal.expectOrder('before 1, after 0');
    expect(watched.mock.before.called).toBe(true);
    expect(watched.mock.before.calls[0]?.[0].funcName).toBe('sendMail');
    expect(watched.mock.before.calls[0]?.[0].args).toEqual(['ada']);
    expect(watched.mock.after.calls).toHaveLength(1);
    expect(watched.mock.after.lastCall).toEqual([watched.mock.before.calls[0]?.[0], 'sent to ada']);
    expect(watched.mock.onError.called).toBe(false);

    await expect(sendMail('nobody')).rejects.toBe(error);
    expect(watched.mock.before.calls).toHaveLength(2);
    expect(watched.mock.after.calls).toHaveLength(1);
    expect(watched.mock.onError.calls).toHaveLength(1);
    expect(watched.mock.onError.lastCall?.[0]).toBe(watched.mock.before.lastCall?.[0]);
    expect(watched.mock.onError.lastCall?.[1]).toBe(error);
  });

  test('is as synchronous as the rest', async () => {
    const error = new Error('at once');
    const watched = mockMiddleware<object, number>();
    const run = compose<object, number>(watched);
    expect(run({}, () => 7)).toBe(7);
    expect(watched.mock.after.lastCall?.[1]).toBe(7);
    expect(() => run({}, stubHandler<object | undefined, number>(error))).toThrow(error);
    expect(watched.mock.onError.lastCall?.[1]).toBe(error);
    const later = run({}, async () => 8);
    expect(watched.mock.after.calls).toHaveLength(1);
    expect(await later).toBe(8);
    expect(watched.mock.after.lastCall?.[1]).toBe(8);
  });

  test('starts with nothing seen', () => {
    const { mock } = mockMiddleware<CallContext>();
    expect([mock.before.called, mock.after.called, mock.onError.called]).toEqual([
      false,
      false,
      false,
    ]);
    expect(mock.before.lastCall).toBeUndefined();
  });
});

test('spy remembers the arguments of each call', async () => {
  const heard = spy<[string, number]>();
  heard('a', 1);
  await settle();
  heard('b', 2);
  expect(heard.calls).toEqual([
    ['a', 1],
    ['b', 2],
  ]);
  expect(heard.lastCall).toEqual(['b', 2]);
});
