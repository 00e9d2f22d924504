/** Tests name only rows that exist, and the rows are counted as they should be. */
import { describe, expect, test } from 'vitest';
import { idsIn, report, type Row, tally, testedRows } from '../scripts/rows.mjs';
import { allPaths, readFiles } from './architecture/house.ts';
import { isNode, type Node, type SourceFile, walk } from './architecture/source-file.ts';
import rows from './rows.json' with { type: 'json' };

/** The names of tests and groups that stand in a file as text, with the row ids in them. */
function idsNamedIn(file: SourceFile): readonly string[] {
  const ids: string[] = [];
  walk(file, (node) => {
    if (node.type !== 'CallExpression' || !isTestFunction(node['callee'])) return;
    if (/(?:each|for)$/.test(nameOf(node['callee']))) return;
    const [title] = node['arguments'] as readonly Node[];
    if (title) ids.push(...idsIn(file.text.slice(title.start, Number(title['end']))));
  });
  return ids;
}

/** The last word of what is called: `each` of `test.each`. */
function nameOf(callee: unknown): string {
  return isNode(callee) ? String(callee['name'] ?? nameOf(callee['property'])) : '';
}

function isTestFunction(callee: unknown): boolean {
  if (!isNode(callee)) return false;
  if (callee.type === 'Identifier')
    return ['test', 'it', 'describe'].includes(String(callee['name']));
  return isTestFunction(callee['object'] ?? callee['callee'] ?? callee['tag']);
}

describe('the rows', () => {
  test('have ids of their own that a name can be searched for', () => {
    const ids = rows.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.flatMap((id) => idsIn(`${id} does it`))).toEqual(ids);
  });

  test('that tests name exist', () => {
    const known = new Set(rows.map(({ id }) => id));
    const files = readFiles(allPaths().filter((path) => path.endsWith('.test.ts')));
    const unknown = files
      .filter(({ path }) => path !== 'tests/rows.test.ts')
      .flatMap((file) => idsNamedIn(file).map((id) => ({ path: file.path, id })))
      .filter(({ id }) => !known.has(id));
    expect(unknown).toEqual([]);
  });

  test('are found in every form of a test', () => {
    const text = `
      test('M-01 M-02 one', () => {});
      test.each(['Q-1'])('M-03 %s', () => {});
      test.for\`Q-2\`('M-04', () => {});
      describe('M-05', () => { it(\`M-06 \${x}\`, () => {}); });
      other('Q-3');
    `;
    expect(idsNamedIn({ path: 'a.test.ts', text }).toSorted()).toEqual([
      'M-01',
      'M-02',
      'M-03',
      'M-04',
      'M-05',
      'M-06',
    ]);
  });
});

test('idsIn takes whole words only', () => {
  expect(idsIn('M-05 X-C11, and X-R3: SHA-1 UTF-8 M-05b x-M-06 X-Forwarded-For')).toEqual([
    'M-05',
    'X-C11',
    'X-R3',
  ]);
});

const few: readonly Row[] = [
  { id: 'M-01', system: 'mware', tier: 'S', name: 'Onion order' },
  { id: 'M-02', system: 'mware', tier: 'S', name: 'Shape' },
  { id: 'M-03', system: 'mware', tier: 'R', name: 'Wrapping' },
];

test('testedRows wants a passing test and no failing one', () => {
  const results = [
    { title: 'M-01 works', passed: true },
    { title: 'M-02 M-03 works', passed: true },
    { title: 'M-02 works elsewhere', passed: false },
  ];
  expect([...testedRows(results)]).toEqual(['M-01', 'M-03']);
});

test('tally counts by system and tier and lists what is missing', () => {
  expect(tally(few, new Set(['M-01', 'M-03']))).toEqual({
    mware: {
      S: { rows: 2, tested: 1, missing: ['M-02'] },
      R: { rows: 1, tested: 1, missing: [] },
    },
  });
});

test('report says of each row whether it is tested', () => {
  expect(report(few, new Set(['M-01']))).toBe(
    [
      'mware S: 1 of 2 rows tested',
      '  tested   M-01   Onion order',
      '  missing  M-02   Shape',
      'mware R: 0 of 1 rows tested',
      '  missing  M-03   Wrapping',
    ].join('\n'),
  );
});
