/** columnCell: a value as the cell of a column, if the column can have it. */
import { DataverseFault } from '../faults/dataverse-fault.ts';
import type {
  DateTimeAttributeMetadata,
  LookupAttributeMetadata,
  PicklistAttributeMetadata,
  StateAttributeMetadata,
  StatusAttributeMetadata,
} from '../metadata/attribute-metadata.ts';
import { EntityCollection } from '../records/entity.ts';
import { EntityReference } from '../records/entity-reference.ts';
import { parseGuid } from '../records/guid.ts';
import { Money } from '../records/money.ts';
import { OptionSetValue, OptionSetValueCollection } from '../records/option-set-value.ts';
import { Bytes, type Cell, cellOf, Instant } from '../store/cell.ts';
import { earliestChecked, instantOfText } from './column-dates.ts';
import { numberCell } from './column-numbers.ts';
import { type ColumnPlace, wrongType } from './column-place.ts';

/**
 * The cell of a value in a column that nobody has described; `undefined` for an empty one.
 *
 * @throws DataverseFault for what no column can have
 */
export function looseCell(value: unknown, name: string): Cell | undefined {
  try {
    const cell = cellOf(value, name);
    if (cell instanceof Instant) return earliestChecked(cell, name);
    return cell instanceof EntityReference ? plainReference(cell) : cell;
  } catch (error) {
    if (error instanceof DataverseFault) throw error;
    throw new DataverseFault('InvalidArgument', (error as Error).message, { cause: error });
  }
}

/**
 * The cell of a value in a column; `undefined` for an empty one.
 *
 * @throws DataverseFault for what the column cannot have
 */
export function columnCell(value: unknown, place: ColumnPlace): Cell | undefined {
  const { logicalName, column } = place;
  const cell = looseCell(value, `${logicalName}.${column.logicalName}`);
  if (cell === undefined) return undefined;
  switch (column.type) {
    case 'String':
    case 'Memo':
      return textCell(cell, place, column.maxLength ?? (column.type === 'String' ? 100 : 2000));
    case 'Integer':
    case 'BigInt':
    case 'Decimal':
    case 'Double':
      return numberCell(cell, place, column);
    case 'Money':
      return cell instanceof Money ? cell : wrongType(place, 'Money', value);
    case 'Boolean':
      return typeof cell === 'boolean' ? cell : wrongType(place, 'Boolean', value);
    case 'DateTime':
      return dateCell(cell, place, column);
    case 'Picklist':
    case 'State':
    case 'Status':
      return cell instanceof OptionSetValue
        ? chosen(cell, [cell.value], { place, column })
        : wrongType(place, 'OptionSetValue', value);
    case 'MultiSelectPicklist':
      return cell instanceof OptionSetValueCollection
        ? chosen(cell, cell.values, { place, column })
        : wrongType(place, 'OptionSetValueCollection', value);
    case 'Lookup':
    case 'Customer':
    case 'Owner':
      return cell instanceof EntityReference
        ? targeted(cell, place, column)
        : wrongType(place, 'EntityReference', value);
    case 'PartyList':
      return value instanceof EntityCollection ? cell : wrongType(place, 'EntityCollection', value);
    case 'Uniqueidentifier':
      return parseGuid(cell) ?? wrongType(place, 'Guid', value);
    case 'EntityName':
      return typeof cell === 'string' ? cell : wrongType(place, 'String', value);
    case 'Image':
      return cell instanceof Bytes ? cell : wrongType(place, 'bytes', value);
    case 'File':
    case 'Virtual':
    case 'ManagedProperty':
      return cell;
  }
}

/** The reference and its name. By which key it was found, and in which version, is nothing that a row keeps. */
function plainReference(reference: EntityReference): EntityReference {
  const { logicalName, id, keyAttributes, name, rowVersion } = reference;
  if (keyAttributes !== undefined || rowVersion === undefined) return reference;
  return new EntityReference(logicalName, id, name === undefined ? {} : { name });
}

function textCell(cell: Cell, place: ColumnPlace, maxLength: number): string {
  if (typeof cell !== 'string') return wrongType(place, 'String', cell);
  if (cell.length <= maxLength) return cell;
  const { logicalName, column } = place;
  throw new DataverseFault(
    'StringLengthTooLong',
    `A validation error occurred. The length of the '${column.logicalName}' attribute of the '${logicalName}' entity exceeded the maximum allowed length of '${maxLength}'.`,
  );
}

/** A day has no time, and none of a zone. */
function dateCell(cell: Cell, place: ColumnPlace, column: DateTimeAttributeMetadata): Instant {
  const found = typeof cell === 'string' ? instantOfText(cell) : cell;
  if (!(found instanceof Instant)) return wrongType(place, 'DateTime', cell);
  const instant = earliestChecked(found, `${place.logicalName}.${column.logicalName}`);
  if (column.behavior !== 'DateOnly') return instant;
  return new Instant(Math.floor(instant.ms / MS_PER_DAY) * MS_PER_DAY);
}

const MS_PER_DAY = 86_400_000;

interface Choosing {
  readonly place: ColumnPlace;
  readonly column: PicklistAttributeMetadata | StateAttributeMetadata | StatusAttributeMetadata;
}

/** Of a column whose choices nobody has described, any will do. */
function chosen<C extends Cell>(
  cell: C,
  values: readonly number[],
  { place, column }: Choosing,
): C {
  if (!column.options.length) return cell;
  const wrong = values.find((value) => !column.options.some((option) => option.value === value));
  if (wrong === undefined) return cell;
  throw new DataverseFault(
    'PicklistValueOutOfRange',
    `The value ${wrong} of '${column.logicalName}' on record of type '${place.logicalName}' is outside the valid range. Accepted values: ${column.options.map(({ value }) => value).join(',')}`,
  );
}

function targeted(
  cell: EntityReference,
  { logicalName }: ColumnPlace,
  { targets, logicalName: name }: LookupAttributeMetadata,
): EntityReference {
  if (!targets.length || targets.includes(cell.logicalName)) return cell;
  throw new DataverseFault(
    'InvalidArgument',
    `The attribute '${name}' of entity '${logicalName}' refers to ${targets.join(' or ')}, not to ${cell.logicalName}.`,
  );
}
