/** givenCells: the values that a caller gives a record, as cells, checked by what is known of its table. */
import type { OrganizationContext } from '../context/request-context.ts';
import { DataverseFault } from '../faults/dataverse-fault.ts';
import type { AttributeMetadata } from '../metadata/attribute-metadata.ts';
import type { EntityMetadata } from '../metadata/entity-metadata.ts';
import { Entity } from '../records/entity.ts';
import { EntityReference } from '../records/entity-reference.ts';
import { EMPTY_GUID } from '../records/guid.ts';
import type { Cell } from '../store/cell.ts';
import { recordRow } from '../store/find-record.ts';
import { columnCell, looseCell } from './column-cell.ts';

/** A cell for each column that was given a value; `undefined` where it is to be empty. */
export type GivenCells = ReadonlyMap<string, Cell | undefined>;

/** What is being done with the values. */
export type Operation = 'Create' | 'Update';

/**
 * The values of a record as cells. The id is not among them.
 *
 * @throws DataverseFault for a column that is not there or may not be given a value, or for a value that it cannot have
 */
export function givenCells(
  target: Entity,
  operation: Operation,
  context: OrganizationContext,
): GivenCells {
  const { logicalName, attributes } = target;
  const entity = context.metadata.checkEntity(logicalName);
  const primaryId = context.metadata.primaryIdOf(logicalName);
  const cells = new Map<string, Cell | undefined>();
  for (const name of Object.keys(attributes)) {
    if (name === primaryId || attributes[name] === undefined) continue;
    const column = entity && columnFor(entity, name, operation);
    const value = attributes[name];
    const cell = column
      ? columnCell(value, { logicalName, column })
      : looseCell(value, `${logicalName}.${name}`);
    cells.set(name, cell instanceof EntityReference ? reached(cell, context) : cell);
  }
  return cells;
}

/** @throws DataverseFault for what is no record */
export function checkTarget(target: unknown): Entity {
  if (target instanceof Entity) return target;
  throw new DataverseFault('InvalidArgument', 'The entity must not be null');
}

/** @throws DataverseFault if the table has no such column */
export function describedColumn(entity: EntityMetadata, name: string): AttributeMetadata {
  if (Object.hasOwn(entity.attributes, name)) return entity.attributes[name] as AttributeMetadata;
  throw new DataverseFault(
    'QueryBuilderNoAttribute',
    `'${entity.schemaName ?? entity.logicalName}' entity doesn't contain attribute with Name = '${name}' and NameMapping = 'Logical'.`,
  );
}

function columnFor(entity: EntityMetadata, name: string, operation: Operation): AttributeMetadata {
  const column = describedColumn(entity, name);
  const isValid = operation === 'Create' ? column.isValidForCreate : column.isValidForUpdate;
  if (isValid !== false) return column;
  throw new DataverseFault(
    'InvalidArgument',
    `The attribute '${name}' of entity '${entity.logicalName}' is not valid for ${operation} operations.`,
  );
}

/** A reference by its id; the record has to be there, if the organization looks. */
function reached(reference: EntityReference, context: OrganizationContext): EntityReference {
  const { logicalName, id, keyAttributes, name } = reference;
  if (id !== EMPTY_GUID && !context.checksReferences) return reference;
  if (id === EMPTY_GUID && !keyAttributes && !context.checksReferences) return reference;
  const row = recordRow(context, reference);
  if (!keyAttributes) return reference;
  return new EntityReference(logicalName, row.id, name === undefined ? {} : { name });
}
