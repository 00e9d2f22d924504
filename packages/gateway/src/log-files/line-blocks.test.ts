/** Tests of lines as bytes. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LineBlocks } from './line-blocks.ts';

/** All that waits, block by block. */
function* taken(lines: LineBlocks): Iterable<{ text: string; lines: number }> {
  for (let block = lines.take(); block; block = lines.take()) {
    yield { text: new TextDecoder().decode(block.bytes), lines: block.lines };
    lines.giveBack(block);
  }
}

test('come out in their order, whatever is in them, also while blocks are used again', () => {
  const line = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).map((text) => text.repeat(5000)),
  );
  const batch = fc.array(line, { maxLength: 12 });
  fc.assert(
    fc.property(fc.array(batch, { maxLength: 4 }), (batches) => {
      const lines = new LineBlocks();
      for (const texts of batches) {
        for (const text of texts) lines.add(text);
        const wanted = texts.map((text) => `${text}\n`).join('');
        expect(lines.bytes).toBe(new TextEncoder().encode(wanted).length);
        const blocks = [...taken(lines)];
        expect(blocks.map(({ text }) => text).join('')).toBe(wanted);
        expect(blocks.reduce((sum, block) => sum + block.lines, 0)).toBe(texts.length);
        expect(lines.bytes).toBe(0);
      }
    }),
    { numRuns: 50 },
  );
});

test('lines that come while a block is being written do not get into it', () => {
  const lines = new LineBlocks();
  lines.add('first');
  const block = lines.take();
  lines.add('second');
  expect(new TextDecoder().decode(block?.bytes)).toBe('first\n');
  expect([...taken(lines)]).toEqual([{ text: 'second\n', lines: 1 }]);
});

test('a block is full before the next line would go beyond it', () => {
  const lines = new LineBlocks();
  let count = 0;
  for (; !lines.isFull; count++) lines.add('x'.repeat(1000));
  expect(lines.take()?.bytes.length).toBe((count - 1) * 1001);
  expect(lines.bytes).toBe(1001);
});

test('a character that is half of one is written as what cannot be read', () => {
  const lines = new LineBlocks();
  lines.add('a\ud800b');
  expect([...taken(lines)]).toEqual([{ text: 'a\ufffdb\n', lines: 1 }]);
});
