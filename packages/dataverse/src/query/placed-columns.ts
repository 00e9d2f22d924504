/** placedColumns: the columns that a query asks for, each with the place in joined rows where it stands. */
import type { Places } from './places.ts';
import type { Link, Query, SelectedColumn, Selection } from './query.ts';

/** A column that is asked for, and where it stands. */
export interface PlacedColumn {
  readonly at: number;
  readonly entity: string;
  readonly column: SelectedColumn;
}

/** The columns of one table or link. */
export interface PlacedSelection {
  readonly at: number;
  readonly entity: string;
  readonly link: Link | undefined;
  readonly selection: Selection;
}

/** The selections of a query, that of the table first. */
export function placedSelections(
  { entity, selection, links }: Query,
  places: Places,
): PlacedSelection[] {
  const ofLink = (link: Link): PlacedSelection[] => [
    { at: places.of(link), entity: link.entity, link, selection: link.selection },
    ...link.links.flatMap(ofLink),
  ];
  return [{ at: 0, entity, link: undefined, selection }, ...links.flatMap(ofLink)];
}

/** The columns that are named. */
export function placedColumns(query: Query, places: Places): PlacedColumn[] {
  return placedSelections(query, places).flatMap(({ at, entity, selection }) =>
    selection.columns.map((column) => ({ at, entity, column })),
  );
}
