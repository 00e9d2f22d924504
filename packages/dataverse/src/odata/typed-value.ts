/** typedValue: a value of an expression as the column takes it with which it is compared. */
import type { AttributeMetadata, AttributeType } from '../metadata/attribute-metadata.ts';
import { parseGuid } from '../records/guid.ts';
import { badQuery } from './odata-fault.ts';
import type { Literal } from './tokens.ts';

type Kind = 'number' | 'text' | 'boolean' | 'guid' | 'date';

const KINDS: Partial<Readonly<Record<AttributeType, readonly [Kind, edm: string]>>> = {
  String: ['text', 'Edm.String'],
  Memo: ['text', 'Edm.String'],
  EntityName: ['text', 'Edm.String'],
  MultiSelectPicklist: ['text', 'Edm.String'],
  Integer: ['number', 'Edm.Int32'],
  BigInt: ['number', 'Edm.Int64'],
  Decimal: ['number', 'Edm.Decimal'],
  Money: ['number', 'Edm.Decimal'],
  Double: ['number', 'Edm.Double'],
  Picklist: ['number', 'Edm.Int32'],
  State: ['number', 'Edm.Int32'],
  Status: ['number', 'Edm.Int32'],
  Boolean: ['boolean', 'Edm.Boolean'],
  DateTime: ['date', 'Edm.DateTimeOffset'],
  Uniqueidentifier: ['guid', 'Edm.Guid'],
  Lookup: ['guid', 'Edm.Guid'],
  Customer: ['guid', 'Edm.Guid'],
  Owner: ['guid', 'Edm.Guid'],
};

const EDM: Readonly<Record<Kind, string>> = {
  number: 'Edm.Double',
  text: 'Edm.String',
  boolean: 'Edm.Boolean',
  guid: 'Edm.Guid',
  date: 'Edm.DateTimeOffset',
};

/**
 * The value that a query compares with. A guid and a date may stand in quotes; nothing else is taken for another kind of value.
 *
 * @throws DataverseFault for a value of another kind than that of the column
 */
export function typedValue(
  literal: Literal,
  attribute: AttributeMetadata | undefined,
  operation: string,
): unknown {
  if (literal.kind === 'null') return null;
  if (literal.kind === 'list')
    throw badQuery('A list of values stands where one value is expected.');
  const [kind, edm] = (attribute && KINDS[attribute.type]) ?? [undefined, ''];
  if (kind === undefined || kind === literal.kind) return plainValue(literal);
  if (literal.kind === 'text') {
    if (kind === 'guid' && parseGuid(literal.value)) return parseGuid(literal.value);
    if (kind === 'date' && !Number.isNaN(Date.parse(literal.value))) return literal.value;
  }
  throw badQuery(
    `A binary operator with incompatible types was detected. Found operand types '${edm}' and '${EDM[literal.kind]}' for operator kind '${operation}'.`,
  );
}

/** Without a zone a date is one of UTC; the query knows days from moments by their text. */
function plainValue(literal: Exclude<Literal, { kind: 'null' | 'list' }>): unknown {
  if (literal.kind !== 'date') return literal.value;
  if (Number.isNaN(Date.parse(literal.value))) {
    throw badQuery(`Unrecognized 'Edm.DateTimeOffset' literal '${literal.value}'.`);
  }
  return literal.value;
}
