/** checkReadable: whether the columns that somebody asks for are there, and may be read. */
import { DataverseFault } from '../faults/dataverse-fault.ts';
import type { MetadataBook } from '../metadata/metadata-book.ts';
import { describedColumn } from './given-cells.ts';

/** @throws DataverseFault for a table or a column that is not there, or may not be read */
export function checkReadable(
  metadata: MetadataBook,
  logicalName: string,
  columns: Iterable<string>,
): void {
  const entity = metadata.checkEntity(logicalName);
  if (!entity) return;
  for (const name of columns) {
    if (name === metadata.primaryIdOf(logicalName)) continue;
    if (describedColumn(entity, name).isValidForRead !== false) continue;
    throw new DataverseFault(
      'InvalidArgument',
      `The attribute '${name}' of entity '${logicalName}' is not valid for Read operations.`,
    );
  }
}
