/** checkQuery: a query is no bigger than the service takes it, and asks for columns that there are and that may be read. */
import type { MetadataBook } from '../metadata/metadata-book.ts';
import { checkReadable } from '../writes/readable-columns.ts';
import type { Link, Query } from './query.ts';
import { checkLimits } from './query-limits.ts';

/** @throws DataverseFault if not */
export function checkQuery(query: Query, metadata: MetadataBook): void {
  checkLimits(query);
  checkSelection(query, metadata);
}

function checkSelection(
  { entity, selection, links }: Pick<Link, 'entity' | 'selection' | 'links'>,
  metadata: MetadataBook,
): void {
  const columns = selection.columns.map(({ column }) => column);
  checkReadable(metadata, entity, columns);
  for (const link of links) checkSelection(link, metadata);
}
