/** TableScope: the tables among which an expression of OData is understood: what describes them, and what they have where nothing does. */
import type { MetadataBook } from '../metadata/metadata-book.ts';
import type { AttributeMetadata } from '../metadata/attribute-metadata.ts';
import type { Cell } from '../store/cell.ts';
import type { Store } from '../store/store.ts';
import { noProperty } from './odata-fault.ts';

/** What the tables of an organization are known by. */
export interface Tables {
  readonly metadata: MetadataBook;
  readonly store: Store;
}

const LOOKUPS: ReadonlySet<string> = new Set(['Lookup', 'Customer', 'Owner']);

/** Whether a column has references to records. */
export function isLookup(attribute: AttributeMetadata | undefined): boolean {
  return attribute !== undefined && LOOKUPS.has(attribute.type);
}

/**
 * The column that a property stands for: `_primarycontactid_value` for `primarycontactid`.
 *
 * @throws DataverseFault if a table that is described has none of the name
 */
export function columnOf(entity: string, property: string, { metadata }: Tables): string {
  const described = metadata.entity(entity);
  if (!described) return lookupColumn(property) ?? property;
  const plain = metadata.attribute(entity, property);
  if (plain && !isLookup(plain)) return property;
  const column = lookupColumn(property);
  if (column !== undefined && isLookup(metadata.attribute(entity, column))) return column;
  if (property === metadata.primaryIdOf(entity)) return property;
  throw noProperty(property, entity);
}

/** The column in a property of the form `_column_value`. */
export function lookupColumn(property: string): string | undefined {
  return /^_(.+)_value$/.exec(property)?.[1];
}

/** A cell that a column has somewhere, where nobody says what it can have. */
export function sampleOf(entity: string, column: string, { store }: Tables): Cell | undefined {
  if (!store.tableNames.includes(entity)) return undefined;
  for (const { cells } of store.table(entity).rows()) {
    if (cells[column] !== undefined) return cells[column];
  }
  return undefined;
}
