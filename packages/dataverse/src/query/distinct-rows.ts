/** distinctRows: rows of which no two have the same in all columns that are asked for. */
import { cellsIdentity } from './cell-identity.ts';
import type { Joined } from './compiled-filter.ts';
import { placedSelections } from './placed-columns.ts';
import type { Places } from './places.ts';
import type { Link, Query } from './query.ts';

/** Whether a query asks for any column. Without one, records are told apart by their ids. */
export function asksForColumns({ selection, links }: Pick<Query, 'selection' | 'links'>): boolean {
  const isAsked = (link: Link): boolean =>
    link.selection.all || link.selection.columns.length > 0 || link.links.some(isAsked);
  return selection.all || selection.columns.length > 0 || links.some(isAsked);
}

/** The first of those that are the same, in their order. */
export function distinctRows(
  query: Query,
  { rows, places }: { readonly rows: readonly Joined[]; readonly places: Places },
): Joined[] {
  const selections = placedSelections(query, places);
  const hasColumns = asksForColumns(query);
  const seen = new Set<string>();
  return rows.filter((joined) => {
    const identity = hasColumns
      ? JSON.stringify(
          selections.map(({ at, selection }) => {
            const cells = joined[at]?.cells ?? {};
            const names = selection.columns.map(({ column }) => column);
            const all = selection.all ? Object.keys(cells).toSorted() : [];
            return [all, cellsIdentity([...all, ...names].map((name) => cells[name]))];
          }),
        )
      : String(joined[0]?.id);
    if (seen.has(identity)) return false;
    seen.add(identity);
    return true;
  });
}
