/** What is wrong with an answer. */
import { expect, test } from 'vitest';
import { type Answer, faultOf } from './answer-check.ts';
import type { Asked, Surroundings } from './case.ts';

const surroundings: Surroundings = {
  folder: '',
  tools: (name) => name,
  upstreamPort: 7,
  bundled: async (entry) => entry,
};

const got: Answer = { status: 201, headers: { vary: 'Origin', etag: '"1"' }, body: '{"port":7}' };

test.each<[Omit<Asked, 'path'>, string | undefined]>([
  [{ status: 201 }, undefined],
  [{ status: [200, 201], answer: '{"port":7}' }, undefined],
  [
    { status: 201, answer: ({ upstreamPort }) => JSON.stringify({ port: upstreamPort }) },
    undefined,
  ],
  [
    { status: 201, answerHeaders: { vary: /^origin$/i, etag: '"1"', 'x-powered-by': null } },
    undefined,
  ],
  [{}, '201 and 10 bytes: {"port":7}; expected 200'],
  [{ status: [400, 422] }, '201 and 10 bytes: {"port":7}; expected 400 or 422'],
  [{ status: 201, answer: '{}' }, '201 and 10 bytes: {"port":7}; expected 201 and 2 bytes: {}'],
  [{ status: 201, answerHeaders: { vary: 'Accept' } }, 'vary: Origin; expected Accept'],
  [{ status: 201, answerHeaders: { etag: null } }, 'etag: "1"; expected none'],
  [{ status: 201, answerHeaders: { date: /GMT/ } }, 'date: undefined; expected /GMT/'],
])('%j', (asked, fault) => {
  expect(faultOf({ path: '/', ...asked }, got, surroundings)).toBe(fault);
});
