/** Checks what is recorded, and when the tasks run. */
import { withServer } from '@interpose/http/testing';
import { expect, test } from 'vitest';
import { makeApp } from './main.ts';

async function ask(path: string): Promise<readonly string[]> {
  const lines: string[] = [];
  const { app, recorded } = makeApp((line) => lines.push(line));
  await withServer(app, async (server) => {
    const answer = await server.get(path);
    await recorded.events.idle();
    lines.push(`the client has ${answer.status}`);
  });
  return lines;
}

test('F-20 F-38 001-4 a request that goes well has an event, and its tasks run behind its answer', async () => {
  expect(await ask('/tea')).toEqual([
    'request: /tea',
    'response: 200, 200, null',
    'task after every answer',
    'task of the route',
    'the client has 200',
  ]);
});

test('F-20 F-22 F-38 001-4 one that fails has one as well, with null for an answer', async () => {
  expect(await ask('/coffee')).toEqual([
    'request: /coffee',
    'response: null, 500, RangeError',
    'task after every answer',
    'the client has 500',
  ]);
});
