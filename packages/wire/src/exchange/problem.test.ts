/** Problem documents. */
import { expect, test } from 'vitest';
import { PROBLEM_HEADERS, problemDocument } from './problem.ts';
import { RULES } from '../rules.ts';

test('says status, title and code, and no more if there is no more', () => {
  expect(JSON.parse(problemDocument({ status: 503, code: 'BUSY' }))).toEqual({
    type: 'about:blank',
    title: 'Service Unavailable',
    status: 503,
    code: 'BUSY',
  });
});

test('a status that nobody knows has a title all the same', () => {
  expect(JSON.parse(problemDocument({ status: 599, code: 'X' }))).toMatchObject({
    title: 'Failed',
  });
});

test('every rule makes one in ASCII, so that it is as long in bytes as in characters', () => {
  for (const [code, { status, says }] of Object.entries(RULES)) {
    const text = problemDocument({ status, code, detail: says });
    expect(JSON.parse(text)).toMatchObject({ status, code, detail: says });
    expect(Buffer.byteLength(text)).toBe(text.length);
  }
});

test('is not kept by anyone', () => {
  expect(PROBLEM_HEADERS).toEqual([
    'Content-Type',
    'application/problem+json',
    'Cache-Control',
    'no-store',
  ]);
});
