/** Checks what a mock sees; written as one would test a stack of one's own. */
import { wrap } from '@interpose/kernel';
import { mockMiddleware, recorder } from '@interpose/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import { makeSendMail, mockForTexts } from './main.ts';

describe('a mock round a function', () => {
  let watched = mockForTexts();
  let sendMail = makeSendMail(watched);
  beforeEach(() => {
    watched = mockForTexts();
    sendMail = makeSendMail(watched);
  });

  test('M-170 000-12 is told before and after, with context and result', async () => {
    expect(await sendMail('ada@example.com')).toBe('sent to ada@example.com');

    const { before, after, onError } = watched.mock;
    expect(before.called).toBe(true);
    expect(before.lastCall?.[0].funcName).toBe('sendMail');
    expect(before.lastCall?.[0].args).toEqual(['ada@example.com']);
    expect(after.called).toBe(true);
    expect(after.lastCall?.[0]).toBe(before.lastCall?.[0]);
    expect(after.lastCall?.[1]).toBe('sent to ada@example.com');
    expect(onError.called).toBe(false);
  });

  test('M-170 000-12 is told of an error, which goes on unchanged', async () => {
    const thrown: unknown = await sendMail('nobody').catch((error: unknown) => error);

    const { before, after, onError } = watched.mock;
    expect(String(thrown)).toBe('Error: "nobody" is no address');
    expect(onError.lastCall?.[0]).toBe(before.lastCall?.[0]);
    expect(onError.lastCall?.[1]).toBe(thrown);
    expect(after.called).toBe(false);
  });

  test('M-170 000-12 remembers every call, each with a context of its own', async () => {
    await Promise.all([sendMail('ada@example.com'), sendMail('bob@example.com')]);

    const [first, second] = watched.mock.before.calls;
    expect(first?.[0].args).toEqual(['ada@example.com']);
    expect(second?.[0].args).toEqual(['bob@example.com']);
    expect(first?.[0]).not.toBe(second?.[0]);
    expect(watched.mock.after.calls.map(([, result]) => result)).toEqual([
      'sent to ada@example.com',
      'sent to bob@example.com',
    ]);
  });

  test('000-12 has seen nothing before the first call', () => {
    const { before, after, onError } = watched.mock;
    expect([before.calls, after.calls, onError.calls]).toEqual([[], [], []]);
    expect(before.lastCall).toBeUndefined();
  });
});

test('M-170 000-12 before comes before the function, and after comes after it', async () => {
  const journal = recorder();
  const watched = mockMiddleware();
  const countCalls = (): string => {
    const { before, after } = watched.mock;
    return `before ${before.calls.length}, after ${after.calls.length}`;
  };
  const fn = wrap(() => journal.log(`function: ${countCalls()}`), watched);

  journal.log(`first: ${countCalls()}`);
  fn();
  journal.log(`last: ${countCalls()}`);

  journal.expectOrder(
    'first: before 0, after 0',
    'function: before 1, after 0',
    'last: before 1, after 1',
  );
});

test('M-170 000-12 a mock further in is not told of a call that was refused further out', async () => {
  const watched = mockForTexts();
  const refuse = (): never => {
    throw new Error('refused');
  };
  await expect(makeSendMail(refuse, watched)('ada@example.com')).rejects.toThrow('refused');
  expect(watched.mock.before.called).toBe(false);
});
