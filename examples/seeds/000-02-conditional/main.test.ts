/** Checks conditions: who gets the middleware, who gets the other one, and what happens when the question fails. */
import { pipeline, when } from '@interpose/kernel';
import { mockMiddleware, pending, settle } from '@interpose/testing';
import { expect, test } from 'vitest';
import {
  auditedReport,
  ForbiddenError,
  guardedReport,
  isAdmin,
  roundedReport,
  type Session,
} from './main.ts';

const ada: Session = { user: 'ada', role: 'admin' };
const bob: Session = { user: 'bob', role: 'member' };
const EXACT = { ada: 7350, bob: 5120 };
const ROUNDED = { ada: 7000, bob: 5000 };

test('M-26 000-2 the middleware runs when the condition holds', async () => {
  const lines: string[] = [];

  expect(await auditedReport((line) => lines.push(line))(ada)).toEqual(EXACT);

  expect(lines).toEqual(['audit: ada']);
});

test('M-26 M-27 000-2 it is skipped when the condition does not hold, and the call goes on: nobody is refused', async () => {
  const lines: string[] = [];

  expect(await auditedReport((line) => lines.push(line))(bob)).toEqual(EXACT);

  expect(lines).toEqual([]);
});

test('M-26 000-2 those for whom it does not hold can be given another middleware', async () => {
  const lines: string[] = [];
  const report = roundedReport((line) => lines.push(line));

  expect(await report(ada)).toEqual(EXACT);
  expect(await report(bob)).toEqual(ROUNDED);

  expect(lines).toEqual(['audit: ada']);
});

test('M-27 000-2 the condition is asked at every call, once, with the context of that call', async () => {
  const asked: string[] = [];
  const watched = mockMiddleware<Session, string>();
  const report = pipeline<Session, string>()
    .use(
      when((ctx) => {
        asked.push(`${ctx.user} ${ctx.role}`);
        return isAdmin(ctx);
      }, watched),
    )
    .handle((ctx) => ctx.user);
  const changing = { user: 'cleo', role: 'member' as Session['role'] };

  expect(asked).toEqual([]);
  await report(changing);
  changing.role = 'admin';
  await report(changing);

  expect(asked).toEqual(['cleo member', 'cleo admin']);
  expect(watched.mock.before.calls).toEqual([[changing]]);
});

test('M-26 000-2 a refusing middleware under a condition keeps people out', async () => {
  const report = guardedReport(async () => false);

  expect(await report(ada)).toEqual(EXACT);
  await expect(async () => report(bob)).rejects.toThrow(
    new ForbiddenError('bob may not see the salaries.'),
  );
});

test('M-26 000-2 an asynchronous condition is waited for', async () => {
  const answer = pending<boolean>();
  const reported = Promise.resolve(guardedReport(() => answer)(ada));
  let ended = false;
  reported.catch(() => {}).finally(() => (ended = true));

  await settle();
  expect(ended).toBe(false);

  answer.resolve(true);
  await expect(reported).rejects.toBeInstanceOf(ForbiddenError);
});

test.each([
  [
    'throws',
    () => {
      throw new Error('list down');
    },
  ],
  ['rejects', () => Promise.reject(new Error('list down'))],
])('M-26 000-2 a condition that %s is an error and opens no door', async (_, isSuspended) => {
  await expect(async () => guardedReport(isSuspended)(ada)).rejects.toThrow('list down');
});

test('M-26 000-2 neither branch nor the rest runs when the condition throws', async () => {
  const [yes, no] = [mockMiddleware<Session, string>(), mockMiddleware<Session, string>()];
  let handled = false;
  const report = pipeline<Session, string>()
    .use(
      when(
        () => {
          throw new Error('unknown role');
        },
        yes,
        no,
      ),
    )
    .handle(() => {
      handled = true;
      return 'secret';
    });

  expect(() => report(ada)).toThrow('unknown role');

  expect([yes.mock.before.called, no.mock.before.called, handled]).toEqual([false, false, false]);
});
