/** Checks what is written down, at which level, and about whom. */
import type { Logger } from '@interpose/resilience/observing';
import { fakeClock } from '@interpose/testing';
import { expect, test } from 'vitest';
import { lineOf, makeServe, type Request } from './main.ts';

function setUp() {
  const clock = fakeClock();
  const lines: string[] = [];
  const writing = (level: string) => (fields: object, message: string) =>
    void lines.push(lineOf(level, fields, message));
  const logger: Logger = {
    debug: writing('debug'),
    info: writing('info'),
    warn: writing('warn'),
    error: writing('error'),
  };
  const serve = makeServe(logger, clock, (ms) => clock.advanceSync(ms));
  const call = async (request: Request): Promise<string[]> => {
    try {
      await serve(request);
    } catch {
      // What went wrong is in the log.
    }
    return lines.splice(0);
  };
  return { call };
}

test('P-60 002-6 begin, end and time of each middleware are written down with its name and the request', async () => {
  const { call } = setUp();
  expect(await call({ requestId: 'r1', token: 'x' })).toEqual([
    'debug | middleware started | middleware=timing | requestId=r1',
    'debug | middleware started | middleware=readToken | requestId=r1',
    'debug | middleware ended | middleware=readToken | requestId=r1 | ownMs=3 | totalMs=23 | outcome=success',
    'debug | middleware ended | middleware=timing | requestId=r1 | ownMs=1 | totalMs=24 | outcome=success',
  ]);
});

test('P-60 002-6 an error is written down once, for the middleware in which it arose', async () => {
  const { call } = setUp();
  const lines = await call({ requestId: 'r2' });
  expect(lines.filter((line) => line.startsWith('error'))).toEqual([
    'error | middleware failed | middleware=readToken | requestId=r2 | ownMs=3 | error=Cannot read the token',
  ]);
  expect(lines.at(-1)).toContain('middleware=timing | requestId=r2 | ownMs=1 | totalMs=4');
});

test('P-60 002-6 a change of state is a warning', async () => {
  const { call } = setUp();
  await call({ requestId: 'r1' });
  const lines = await call({ requestId: 'r2' });
  expect(lines.filter((line) => line.startsWith('warn'))).toEqual([
    'warn | circuit of the middleware is now OPEN | middleware=readToken | from=CLOSED | to=OPEN',
  ]);
});

test('P-60 002-6 there is no secret in the log', async () => {
  const { call } = setUp();
  expect((await call({ requestId: 'r1', token: 'hunter2' })).join()).not.toContain('hunter2');
});
