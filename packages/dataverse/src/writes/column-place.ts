/** ColumnPlace: a column of a table, in which a value is to go, and the fault for a value of another type. */
import { DataverseFault } from '../faults/dataverse-fault.ts';
import type { AttributeMetadata } from '../metadata/attribute-metadata.ts';

/** A column of a table. */
export interface ColumnPlace {
  readonly logicalName: string;
  readonly column: AttributeMetadata;
}

/** @throws DataverseFault always */
export function wrongType(
  { logicalName, column }: ColumnPlace,
  wanted: string,
  got: unknown,
): never {
  throw new DataverseFault(
    'InvalidArgument',
    `The attribute '${column.logicalName}' of entity '${logicalName}' has an invalid type. Expected: ${wanted}, but got: ${typeName(got)}.`,
  );
}

function typeName(value: unknown): string {
  if (typeof value !== 'object' || value === null) return typeof value;
  const { name } = value.constructor as { name?: unknown };
  return typeof name === 'string' && name !== '' ? name : 'object';
}
