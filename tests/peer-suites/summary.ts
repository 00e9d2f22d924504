/** Sums up the lists as tables for people. */
import { type Exceptions, OUR_LANES, type Results } from './record.ts';
import { SUITES } from './suites.ts';

/** The tables of the page: what passes, and what is excepted for which reason. */
export function summary(results: Results, exceptions: Exceptions): string {
  return [...totals(results), '', ...reasons(results, exceptions)].join('\n');
}

/** The page with its tables made anew. */
export function withSummary(page: string, results: Results, exceptions: Exceptions): string {
  return page.replace(/^\| suite.*?(?=\n\n`results)/ms, () => summary(results, exceptions));
}

function totals({ files }: Results): readonly string[] {
  const rows = SUITES.flatMap((suite) =>
    OUR_LANES.map((lane) => {
      const some = Object.entries(files).filter(
        ([file, record]) => file.startsWith(`${suite}/`) && record[lane],
      );
      const sum = (key: 'passed' | 'excepted' | 'carried'): number =>
        some.reduce((total, [, record]) => total + (record[lane]?.[key] ?? 0), 0);
      return [suite, lane, some.length, sum('passed'), sum('carried'), sum('excepted')];
    }),
  );
  return table(['suite', 'lane', 'files', 'tests that pass', 'over our sockets', 'excepted'], rows);
}

function reasons({ files }: Results, exceptions: Exceptions): readonly string[] {
  const counts = new Map(
    Object.keys(exceptions.reasons).map((reason) => [reason, { server: 0, pool: 0 }]),
  );
  for (const lane of OUR_LANES) {
    for (const [file, excepted] of Object.entries(exceptions[lane])) {
      for (const [name, reason] of Object.entries(excepted)) {
        const count = counts.get(reason);
        if (count) count[lane] += name === '*' ? (files[file]?.passedOnNode ?? 0) : 1;
      }
    }
  }
  const rows = [...counts].map(([reason, { server, pool }]) => [
    exceptions.reasons[reason] ?? '',
    server,
    pool,
  ]);
  return table(['why a test is excepted', ...OUR_LANES], rows);
}

/** A table as the formatter would lay it out. */
function table(
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): readonly string[] {
  const lines = [head, ...rows].map((row) => row.map(String));
  const widths = head.map((_, at) => Math.max(...lines.map((line) => line[at]?.length ?? 0)));
  const laid = lines.map(
    (line) => `| ${line.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`,
  );
  laid.splice(1, 0, `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`);
  return laid;
}
