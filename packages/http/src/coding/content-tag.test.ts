/** Tests of what identifies a body. */
import { expect, test } from 'vitest';
import { contentTag, nodeTag, plainTag } from './content-tag.ts';

const BODIES = ['', 'a', 'é€😀', 'x'.repeat(10_000), new Uint8Array([0, 255, 7])];

test('is the same with Node and without', () => {
  expect(nodeTag()).toBeTypeOf('function');
  for (const body of BODIES) expect(contentTag(body)).toBe(plainTag(body));
});

test('is the same for a text and its bytes, and another for anything else', () => {
  const tags = BODIES.map((body) => contentTag(body));
  expect(new Set(tags).size).toBe(BODIES.length);
  for (const tag of tags) expect(tag).toMatch(/^[\w-]{22}$/);
  for (const body of BODIES) {
    const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
    expect(contentTag(bytes)).toBe(contentTag(body));
  }
});

test('is made without Node where there is none', () => {
  expect(nodeTag({} as never)).toBeUndefined();
});
