/** Sets rows of text in columns. */

/** A table with a head, indented by two spaces; the columns named in `right` are set to the right. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly string[] = [],
): string {
  const widths = head.map((title, column) =>
    Math.max(
      title.length,
      ...rows.filter((row) => fits(row, column)).map((row) => (row[column] ?? '').length),
    ),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return right.includes(head[column] ?? '') ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd();
  return [head, ...rows].map((row) => `  ${line(row)}\n`).join('');
}

/** A cell that is the last of its row with any text may run on over the columns behind it. */
function fits(row: readonly string[], column: number): boolean {
  return row.slice(column + 1).some((cell) => cell !== '') || column === row.length - 1;
}
