/** Checks that the order that is told is the one that is run. */
import { testClient } from '@interpose/http/testing';
import { expect, test } from 'vitest';
import { makeApp, makeFastApi } from './main.ts';

const FOUR = ['detectDisconnect', 'httpEvents', 'cors', 'apiKey'];

test('F-01 F-02 001-1 a request meets the four as they were added, its answer in reverse', async () => {
  const lines: string[] = [];
  const client = testClient(makeApp((line) => lines.push(line)));
  await client.get('/', { headers: { 'X-API-Key': 'your-secret-key' } });
  expect(lines).toEqual([
    ...FOUR.map((name) => `${name} in`),
    'handler',
    ...FOUR.toReversed().map((name) => `${name} out`),
  ]);
});

test('F-01 F-71 001-1 without a key the fourth answers, and the other three see that', async () => {
  const lines: string[] = [];
  const answer = await testClient(makeApp((line) => lines.push(line))).get('/');
  expect(answer.status).toBe(401);
  expect(lines).not.toContain('handler');
  expect(lines.slice(-4)).toEqual(FOUR.toReversed().map((name) => `${name} out`));
});

test('F-02 F-08 001-1 a FastApi tells the same order', () => {
  expect(
    makeFastApi()
      .userMiddlewares()
      .map(({ type }) => type),
  ).toEqual(FOUR);
});
