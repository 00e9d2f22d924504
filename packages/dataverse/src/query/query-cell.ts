/** queryCell: a value of a query as a cell that can be compared with those of a column. */
import { DataverseFault } from '../faults/dataverse-fault.ts';
import type { AttributeMetadata, AttributeType } from '../metadata/attribute-metadata.ts';
import { parseGuid } from '../records/guid.ts';
import { OptionSetValue } from '../records/option-set-value.ts';
import { type Cell, cellOf, Instant } from '../store/cell.ts';

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/**
 * The cell of a value. Where it comes as text, the column says what is meant by it; of a column that is not described, `sample` does, a cell
 * that it has.
 *
 * @throws DataverseFault for a value that the column cannot have
 */
export function queryCell(
  value: unknown,
  column: AttributeMetadata | undefined,
  sample: Cell | undefined,
): Cell {
  const cell = valueCell(value, column?.logicalName ?? 'value');
  if (typeof cell !== 'string') return cell;
  const kind = column ? (KINDS[column.type] ?? 'text') : sampleKind(sample);
  switch (kind) {
    case 'number':
      return numberOf(cell, column);
    case 'choice':
      return new OptionSetValue(numberOf(cell, column));
    case 'boolean':
      return booleanOf(cell, column);
    case 'date':
      return dateOf(cell, column);
    case 'id':
      return parseGuid(cell) ?? cell;
    case 'text':
      return cell;
  }
}

type Kind = 'number' | 'choice' | 'boolean' | 'date' | 'id' | 'text';

const KINDS: Partial<Readonly<Record<AttributeType, Kind>>> = {
  Integer: 'number',
  BigInt: 'number',
  Decimal: 'number',
  Double: 'number',
  Money: 'number',
  Picklist: 'choice',
  MultiSelectPicklist: 'choice',
  State: 'choice',
  Status: 'choice',
  Boolean: 'boolean',
  DateTime: 'date',
  Lookup: 'id',
  Customer: 'id',
  Owner: 'id',
  Uniqueidentifier: 'id',
};

function sampleKind(sample: Cell | undefined): Kind {
  if (typeof sample === 'number' || typeof sample === 'bigint') return 'number';
  if (typeof sample === 'boolean') return 'boolean';
  if (sample instanceof Instant) return 'date';
  if (sample === undefined || typeof sample === 'string') {
    return typeof sample === 'string' && parseGuid(sample) ? 'id' : 'text';
  }
  return 'value' in sample || 'values' in sample ? 'number' : 'id';
}

function valueCell(value: unknown, name: string): Cell {
  try {
    const cell = cellOf(value, name);
    // Empty text is no value to a column, but a text to compare with.
    return cell ?? '';
  } catch (error) {
    throw new DataverseFault('InvalidArgument', (error as Error).message, { cause: error });
  }
}

function numberOf(text: string, column: AttributeMetadata | undefined): number {
  if (NUMBER.test(text.trim())) return Number(text);
  throw wrong(text, 'a number', column);
}

function booleanOf(text: string, column: AttributeMetadata | undefined): boolean {
  if (/^(?:1|true)$/i.test(text)) return true;
  if (/^(?:0|false)$/i.test(text)) return false;
  throw wrong(text, 'true or false', column);
}

function dateOf(text: string, column: AttributeMetadata | undefined): Instant {
  // Without a zone it is one of UTC.
  const isBare = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?$/.test(text);
  const ms = Date.parse(isBare ? `${text.replace(' ', 'T')}Z` : text);
  if (Number.isNaN(ms)) throw wrong(text, 'a date', column);
  return new Instant(ms);
}

function wrong(
  text: string,
  wanted: string,
  column: AttributeMetadata | undefined,
): DataverseFault {
  const where = column ? ` of column '${column.logicalName}'` : '';
  return new DataverseFault('InvalidArgument', `The value '${text}'${where} is not ${wanted}.`);
}
