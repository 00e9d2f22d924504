/** payloadValue: a value of JSON as a column takes it. */
import type { AttributeMetadata } from '../metadata/attribute-metadata.ts';
import { badPayload } from '../odata/odata-fault.ts';
import type { AttributeValue } from '../records/entity.ts';
import { Money } from '../records/money.ts';
import { OptionSetValue, OptionSetValueCollection } from '../records/option-set-value.ts';
import { type Cell, Instant } from '../store/cell.ts';
import { bytesOf } from './base64.ts';

/** What a column is known by: its description, or a cell that it has somewhere. */
export interface ColumnFacts {
  readonly name: string;
  readonly attribute: AttributeMetadata | undefined;
  readonly sample: Cell | undefined;
}

/**
 * The value.
 *
 * @throws DataverseFault for one of another type than that of the column
 */
export function payloadValue(
  value: unknown,
  { name, attribute, sample }: ColumnFacts,
): AttributeValue {
  if (value === null || value === undefined) return null;
  return attribute ? described(value, attribute) : guessed(value, name, sample);
}

const DATE = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})?)?$/i;

function described(value: unknown, { type }: AttributeMetadata): AttributeValue {
  switch (type) {
    case 'Integer':
      return whole(value, 'Edm.Int32');
    case 'BigInt':
      return whole(value, 'Edm.Int64');
    case 'Picklist':
    case 'State':
    case 'Status':
      return new OptionSetValue(whole(value, 'Edm.Int32'));
    case 'Decimal':
      return number(value, 'Edm.Decimal');
    case 'Double':
      return number(value, 'Edm.Double');
    case 'Money':
      return new Money(number(value, 'Edm.Decimal'));
    case 'Boolean':
      return typeof value === 'boolean' ? value : wrong(value, 'Edm.Boolean');
    case 'DateTime':
      return dateOf(value);
    case 'MultiSelectPicklist':
      return choices(value);
    case 'Image':
    case 'File':
      return (typeof value === 'string' ? bytesOf(value) : undefined) ?? wrong(value, 'Edm.Binary');
    case 'String':
    case 'Memo':
    case 'EntityName':
    case 'Uniqueidentifier':
    case 'Lookup':
    case 'Customer':
    case 'Owner':
    case 'PartyList':
    case 'Virtual':
    case 'ManagedProperty':
      return typeof value === 'string' ? value : wrong(value, 'Edm.String');
  }
}

/** Of a column that is not described, what it has elsewhere says what is meant. */
function guessed(value: unknown, name: string, sample: Cell | undefined): AttributeValue {
  if (typeof value === 'number') {
    const isState = name === 'statecode' || name === 'statuscode';
    if ((isState || sample instanceof OptionSetValue) && Number.isInteger(value)) {
      return new OptionSetValue(value);
    }
    return sample instanceof Money ? new Money(value) : value;
  }
  if (typeof value === 'boolean') return value;
  if (typeof value !== 'string') return wrong(value, 'Edm.String');
  if (sample instanceof OptionSetValueCollection) return choices(value);
  const isMoment = sample === undefined && DATE.test(value) && value.includes('T');
  return isMoment || sample instanceof Instant ? dateOf(value) : value;
}

function number(value: unknown, edm: string): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : wrong(value, edm);
}

function whole(value: unknown, edm: string): number {
  return Number.isInteger(value) ? (value as number) : wrong(value, edm);
}

/** Without a zone it is one of UTC. */
function dateOf(value: unknown): Date {
  if (value instanceof Date && !Number.isNaN(value.getTime())) return new Date(value.getTime());
  if (typeof value !== 'string' || !DATE.test(value)) return wrong(value, 'Edm.DateTimeOffset');
  const isBare = value.includes('T') && !/(?:Z|[+-]\d{2}:\d{2})$/i.test(value);
  const date = new Date(isBare ? `${value}Z` : value);
  return Number.isNaN(date.getTime()) ? wrong(value, 'Edm.DateTimeOffset') : date;
}

function choices(value: unknown): OptionSetValueCollection | null {
  if (value === '') return null;
  if (typeof value !== 'string' || !/^-?\d+(?:\s*,\s*-?\d+)*$/.test(value))
    return wrong(value, 'Edm.String');
  return new OptionSetValueCollection(value.split(',').map(Number));
}

function wrong(value: unknown, edm: string): never {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  throw badPayload(`Cannot convert the literal '${text}' to the expected type '${edm}'.`);
}
