/** resultSet: records as XML, as ExecuteFetch gives them. */
import {
  AliasedValue,
  type AttributeValue,
  type Entity,
  EntityCollection,
} from '../records/entity.ts';
import { EntityReference } from '../records/entity-reference.ts';
import { parseGuid } from '../records/guid.ts';
import { Money } from '../records/money.ts';
import { OptionSetValue, OptionSetValueCollection } from '../records/option-set-value.ts';
import { readableText, type XmlAttributes, xmlElement, xmlText } from './xml-text.ts';

/** The records of a page. `typeCodeOf` gives the number of a table, if it has one. */
export function resultSet(
  { entities, moreRecords, pagingCookie, totalRecordCount }: EntityCollection,
  typeCodeOf: (logicalName: string) => number | undefined,
): string {
  const attributes = {
    morerecords: moreRecords ? 1 : 0,
    'paging-cookie': pagingCookie,
    ...(totalRecordCount >= 0 && { totalrecordcount: totalRecordCount }),
  };
  const results = entities.map((entity) => resultOf(entity, typeCodeOf));
  return xmlElement('resultset', attributes, results);
}

function resultOf(entity: Entity, typeCodeOf: (logicalName: string) => number | undefined): string {
  const elements = Object.entries(entity.attributes).flatMap(([name, given]) => {
    const value = given instanceof AliasedValue ? given.value : given;
    if (value === null || value === undefined) return [];
    const formatted = entity.getFormattedValue(name);
    const shown = formatted === undefined ? undefined : readableText(formatted);
    const { text, attributes } = written(value, { shown, typeCodeOf });
    return [xmlElement(name, attributes, [xmlText(readableText(text))])];
  });
  return xmlElement('result', {}, elements);
}

interface Written {
  readonly text: string;
  readonly attributes: XmlAttributes;
}

interface Showing {
  /** What people are shown. */
  readonly shown: string | undefined;
  typeCodeOf(logicalName: string): number | undefined;
}

function written(value: Exclude<AttributeValue, null>, { shown, typeCodeOf }: Showing): Written {
  if (value instanceof EntityReference) {
    const { id, name, logicalName } = value;
    const type = typeCodeOf(logicalName) ?? logicalName;
    return {
      text: idText(id),
      attributes: { dsc: '0', name: shown ?? readableText(name ?? ''), type },
    };
  }
  if (value instanceof OptionSetValue) {
    return { text: String(value.value), attributes: { name: shown, formattedvalue: value.value } };
  }
  if (value instanceof OptionSetValueCollection) {
    return { text: `[-1,${value.values.join(',')},-1]`, attributes: { name: shown } };
  }
  if (typeof value === 'boolean') {
    return { text: value ? '1' : '0', attributes: { name: shown } };
  }
  if (value instanceof Date) {
    const [date, ...time] = (shown ?? '').split(' ');
    const attributes = { date, ...(time.length && { time: time.join(' ') }) };
    return { text: value.toISOString().replace(/\.000Z$/, 'Z'), attributes };
  }
  if (value instanceof Money) {
    return { text: String(value.value), attributes: { formattedvalue: shown } };
  }
  if (typeof value === 'number' || typeof value === 'bigint') {
    return { text: String(value), attributes: { formattedvalue: shown ?? String(value) } };
  }
  return { text: plainText(value), attributes: {} };
}

function plainText(value: string | Uint8Array | EntityCollection | AliasedValue): string {
  if (typeof value === 'string') return parseGuid(value) === value ? idText(value) : value;
  if (value instanceof EntityCollection) {
    return value.entities.map(({ id }) => idText(id)).join(',');
  }
  if (value instanceof AliasedValue) return '';
  return btoa(Array.from(value, (byte) => String.fromCharCode(byte)).join(''));
}

const idText = (id: string): string => `{${id.toUpperCase()}}`;
