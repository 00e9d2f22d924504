/** The checks of the documentation find what they are for in small planted pages. */
import { describe, expect, test } from 'vitest';
import { type Block, blocksOf, programsOf } from './blocks.ts';
import { Workbench } from './compile.ts';
import { classNameOf, codedClasses, codesInTable, faults } from './error-table.ts';

function block(text: string, line = 1): Block {
  return { page: 'a.md', line, info: 'ts run', text };
}

describe('blocksOf', () => {
  test('finds language, line and text, also of an indented block', () => {
    const page = 'One\n\n```ts\nlet x;\n```\n\n1. Two\n   ```sh\n   ls\n   ```\n';
    expect(blocksOf('a.md', page)).toEqual([
      { page: 'a.md', line: 4, info: 'ts', text: 'let x;\n' },
      { page: 'a.md', line: 9, info: 'sh', text: 'ls\n' },
    ]);
  });

  test('takes a shorter fence for text', () => {
    expect(blocksOf('a.md', '````text\n```ts\n```\n````\n').map(({ text }) => text)).toEqual([
      '```ts\n```\n',
    ]);
  });

  test('rejects a fence that stays open', () => {
    expect(() => blocksOf('a.md', '\n```ts\nlet x;\n')).toThrow('a.md:2');
  });

  test('gives programs with the output right behind them', () => {
    const page = '```ts run\n1;\n```\n```text output\n1\n```\n```ts run\n2;\n```\n```ts\n3;\n```\n';
    expect(programsOf(blocksOf('a.md', page)).map(({ output }) => output)).toEqual([
      '1\n',
      undefined,
    ]);
  });
});

describe('Workbench', () => {
  test('says where on the page the compiler complains', { timeout: 30_000 }, () => {
    const found = new Workbench('docs-check-compile').faults([
      block('export const x: number = 1;\n'),
      block(`import { compose } from '@interpose/kernel';\n\nconst x: string = compose;\n`, 40),
      block(`import { nothing } from '@interpose/kernel';\nnothing();\n`, 50),
    ]);
    expect(found.filter((fault) => fault.startsWith('a.md'))).toEqual([
      expect.stringMatching(/^a\.md:42:7: error TS2322/),
      expect.stringMatching(/^a\.md:50:10: error TS2305/),
    ]);
  });

  test('gives the exit code and what was printed', { timeout: 30_000 }, () => {
    const bench = new Workbench('docs-check-run');
    const greet = `import { CodedError } from '@interpose/kernel';\nconsole.log(CodedError.code);\n`;
    expect(bench.run(block(greet))).toEqual({ code: 0, out: 'CODED\n', error: '' });
    expect(bench.run(block(`throw new Error('wrong');`)).code).toBe(1);
  });
});

describe('the table of errors', () => {
  class AError extends Error {
    static readonly code: string = 'A';
  }
  class LostError extends Error {
    static readonly code: string = 'A';
  }
  const table = '| `A` | once |\n';
  const a = { exported: 'AError', name: 'AError', code: 'A' };

  test('reads codes and classes', () => {
    expect(codesInTable(`| code | |\n| --- | --- |\n${table}| \`B_2\`   | x |\n\`C\`\n`)).toEqual([
      'A',
      'B_2',
    ]);
    expect(codedClasses({ AError, x: 1, f: () => 1, Error })).toEqual([a]);
    expect(classNameOf('DOUBLE_NEXT')).toBe('DoubleNextError');
  });

  test('agrees', () => {
    expect(faults([a, a], table)).toEqual([]);
  });

  test.each([
    ['a class with the name of another code', codedClasses({ LostError }), table],
    ['a class exported under another name', codedClasses({ Other: AError }), table],
    ['a code without a row', [a], ''],
    ['a row without a code', [a], `${table}| \`B\` | x |\n`],
    ['a code with two rows', [a], table + table],
  ])('finds %s', (_, classes, markdown) => {
    expect(faults(classes, markdown)).toHaveLength(1);
  });

  test('finds a code of two classes', () => {
    const classes = codedClasses({ AError, LostError });
    expect(faults(classes, table)).toContain('A is the code of AError and LostError');
  });
});
