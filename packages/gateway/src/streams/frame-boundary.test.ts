/** Tests of where frames end. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { closeFrame, FrameBoundary } from './frame-boundary.ts';

/** A frame of so many bytes, in each of the three forms of a length. */
function frameOf(length: number, isMasked: boolean): Uint8Array {
  const mask = isMasked ? 0x80 : 0;
  const head =
    length < 126
      ? [0x82, mask | length]
      : length < 65_536
        ? [0x82, mask | 126, length >> 8, length & 0xff]
        : [0x82, mask | 127, 0, 0, 0, 0, 0, length >> 16, (length >> 8) & 0xff, length & 0xff];
  const content = new Uint8Array(length).fill(0x88);
  return Uint8Array.of(...head, ...(isMasked ? [1, 2, 3, 4] : []), ...content);
}

const frames = fc.array(
  fc
    .record({ length: fc.constantFrom(0, 1, 125, 126, 127, 300, 65_536), isMasked: fc.boolean() })
    .map(({ length, isMasked }) => frameOf(length, isMasked)),
  { minLength: 1, maxLength: 6 },
);

describe('the boundary of frames', () => {
  test('is found in whatever pieces they come', () => {
    fc.assert(
      fc.property(frames, fc.infiniteStream(fc.integer({ min: 1, max: 5000 })), (list, sizes) => {
        const all = Buffer.concat(list);
        const ends = new Set<number>([0]);
        let total = 0;
        for (const frame of list) ends.add((total += frame.length));
        const boundary = new FrameBoundary();
        for (let at = 0; at < all.length;) {
          expect(boundary.isBetween).toBe(ends.has(at));
          const size = sizes.next().value;
          boundary.follow(all.subarray(at, at + size));
          at += Math.min(size, all.length - at);
        }
        expect(boundary.isBetween).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  test('is that of the frame under way, not of a later one', () => {
    const [one, two] = [frameOf(300, false), frameOf(5, false)];
    const boundary = new FrameBoundary();
    boundary.follow(one.subarray(0, 3));
    expect(boundary.toEnd(one.subarray(3, 200))).toBe(-1);
    expect(boundary.toEnd(Buffer.concat([one.subarray(200), two]))).toBe(one.length - 200);
    expect(boundary.isBetween).toBe(true);
  });

  test('is behind the head of a frame without content', () => {
    const boundary = new FrameBoundary();
    expect(boundary.toEnd(frameOf(0, true))).toBe(6);
  });
});

test('a close frame has the code in it', () => {
  expect([...closeFrame(1012)]).toEqual([0x88, 2, 0x03, 0xf4]);
});
