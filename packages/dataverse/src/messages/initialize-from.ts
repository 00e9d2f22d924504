/** InitializeFrom: gives a record, not yet created, with what another one has in the columns that are mapped. */
import type { RequestContext } from '../context/request-context.ts';
import { DataverseFault } from '../faults/dataverse-fault.ts';
import type { MessageExecutor } from '../message-executor.ts';
import type { AttributeMetadata } from '../metadata/attribute-metadata.ts';
import { Entity } from '../records/entity.ts';
import { EntityReference } from '../records/entity-reference.ts';
import type { AttributeMapping } from '../relationships/attribute-mappings.ts';
import {
  type InitializeFromRequest,
  InitializeFromResponse,
  type TargetFieldType,
} from '../requests/initialize-from-request.ts';
import { valueOf } from '../store/cell.ts';
import type { Row } from '../store/row.ts';
import { rowFor } from '../store/stored-record.ts';

type Flag = 'isValidForCreate' | 'isValidForUpdate' | 'isValidForRead';

const FLAGS: ReadonlyMap<TargetFieldType, Flag | undefined> = new Map([
  ['All', undefined],
  ['ValidForCreate', 'isValidForCreate'],
  ['ValidForUpdate', 'isValidForUpdate'],
  ['ValidForRead', 'isValidForRead'],
]);

/** The executor. */
export const initializeFrom: MessageExecutor<InitializeFromRequest> = {
  requestName: 'InitializeFrom',
  execute({ entityMoniker, targetEntityName, targetFieldType }, { context }) {
    if (!(entityMoniker instanceof EntityReference)) throw invalid('EntityMoniker');
    if (typeof targetEntityName !== 'string' || targetEntityName === '') {
      throw invalid('TargetEntityName');
    }
    if (!FLAGS.has(targetFieldType)) throw invalid('TargetFieldType');
    const row = rowFor(context.store, entityMoniker);
    const entity = new Entity(targetEntityName);
    const flag = FLAGS.get(targetFieldType);
    const { logicalName } = entityMoniker;
    for (const mapping of context.attributeMappings.between(logicalName, targetEntityName)) {
      const column = context.metadata.attribute(targetEntityName, mapping.targetAttribute);
      if (flag && column && !isOpen(column, flag)) continue;
      fill(entity, mapping, { row, context });
    }
    return new InitializeFromResponse(entity);
  },
};

const isOpen = (column: AttributeMetadata, flag: Flag): boolean => column[flag] ?? true;

function fill(
  entity: Entity,
  { sourceEntity, sourceAttribute, targetAttribute }: AttributeMapping,
  { row, context }: { readonly row: Row; readonly context: RequestContext['context'] },
): void {
  // What the id of a record becomes elsewhere is a reference to it.
  if (sourceAttribute === context.metadata.primaryIdOf(sourceEntity)) {
    entity.set(targetAttribute, new EntityReference(sourceEntity, row.id));
    return;
  }
  const cell = row.cells[sourceAttribute];
  if (cell !== undefined) entity.set(targetAttribute, valueOf(cell));
}

const invalid = (name: string): DataverseFault =>
  new DataverseFault('InvalidArgument', `Required field '${name}' is missing`);
