/** checkEntityKeys: which alternate keys a table can have. */
import { outOfRange, unexpected } from '@interpose/kernel/options';
import type { AttributeType } from './attribute-metadata.ts';
import type { EntityMetadata } from './entity-metadata.ts';

const MOST_KEYS = 10;
const MOST_COLUMNS = 16;
const TYPES: ReadonlySet<AttributeType> = new Set<AttributeType>([
  'String',
  'Integer',
  'BigInt',
  'Decimal',
  'DateTime',
  'Lookup',
  'Customer',
  'Owner',
  'Picklist',
  'State',
  'Status',
  'Uniqueidentifier',
  'EntityName',
]);

/** @throws TypeError or RangeError for a key that a table cannot have */
export function checkEntityKeys({ logicalName, keys = [], attributes }: EntityMetadata): void {
  if (keys.length > MOST_KEYS) {
    throw outOfRange(`${logicalName}.keys`, `${MOST_KEYS} at most`, keys.length);
  }
  for (const { logicalName: name, keyAttributes } of keys) {
    const place = `${logicalName}.keys.${name}`;
    if (!Array.isArray(keyAttributes) || keyAttributes.length === 0) {
      throw unexpected(place, 'a key with columns', keyAttributes);
    }
    if (keyAttributes.length > MOST_COLUMNS) {
      throw outOfRange(place, `a key of ${MOST_COLUMNS} columns at most`, keyAttributes.length);
    }
    for (const column of keyAttributes) {
      const type = Object.hasOwn(attributes, column) ? attributes[column]?.type : undefined;
      if (type && TYPES.has(type)) continue;
      throw unexpected(
        place,
        'a key of columns of text, numbers, dates, choices and references',
        `${column}: ${type ?? 'not there'}`,
      );
    }
  }
}
