/** The fenced blocks of a page: their language, their text, and where they stand. */

/** One fenced block. */
export interface Block {
  /** The page, as a path from the root. */
  readonly page: string;
  /** The line of its first line of text, from 1. */
  readonly line: number;
  /** What stands behind the fence: `ts`, `ts run`, `text output`. */
  readonly info: string;
  readonly text: string;
}

/** The fenced blocks of a page in order. Blocks in lists may be indented. */
export function blocksOf(page: string, markdown: string): readonly Block[] {
  const blocks: Block[] = [];
  let open: { fence: string; indent: number; info: string; start: number } | undefined;
  const lines = markdown.split('\n');
  for (const [index, line] of lines.entries()) {
    const [, indent = '', fence = '', info = ''] = /^(\s*)(`{3,}|~{3,})(.*)$/.exec(line) ?? [];
    if (!open && fence) {
      open = { fence, indent: indent.length, info: info.trim(), start: index + 1 };
    } else if (open && fence.startsWith(open.fence) && !info.trim()) {
      const { indent: width, info: said, start } = open;
      const text = lines.slice(start, index).map((one) => one.slice(width));
      blocks.push({ page, line: start + 1, info: said, text: `${text.join('\n')}\n` });
      open = undefined;
    }
  }
  if (open) throw new Error(`${page}:${open.start}: this fence is never closed`);
  return blocks;
}

/** A program in a page, and what the page says that it prints. */
export interface Program {
  readonly block: Block;
  /** The text of the block `text output` right behind it, if there is one. */
  readonly output: string | undefined;
}

/** The blocks marked `ts run`. */
export function programsOf(blocks: readonly Block[]): readonly Program[] {
  return blocks.flatMap((block, index) => {
    if (block.info !== 'ts run') return [];
    const next = blocks[index + 1];
    return { block, output: next?.info === 'text output' ? next.text : undefined };
  });
}
