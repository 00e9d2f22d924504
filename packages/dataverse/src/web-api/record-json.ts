/** recordJson: a record as the Web API writes it: lookups as `_x_value`, annotations in front of what they belong to. */
import type { MetadataBook } from '../metadata/metadata-book.ts';
import { navigationNameOf } from '../odata/navigation.ts';
import { columnOf, isLookup, lookupColumn, type Tables } from '../odata/table-scope.ts';
import {
  AliasedValue,
  type AttributeValue,
  type Entity,
  EntityCollection,
} from '../records/entity.ts';
import { EntityReference } from '../records/entity-reference.ts';
import { Money } from '../records/money.ts';
import { OptionSetValue, OptionSetValueCollection } from '../records/option-set-value.ts';
import { base64Of } from './base64.ts';

/** A record in JSON. */
export type JsonRecord = Record<string, unknown>;

/** How a record is to be written. */
export interface RecordForm {
  readonly tables: Tables;
  /** The properties that are asked for. @default all */
  readonly properties?: readonly string[] | undefined;
  /** Whether what is empty is left out, as it is where FetchXML asks. @default false */
  readonly omitsEmpty?: boolean;
  /** Whether the version of the record is written. @default true */
  readonly hasEtag?: boolean;
}

const FORMATTED = 'OData.Community.Display.V1.FormattedValue';
const NAVIGATION = 'Microsoft.Dynamics.CRM.associatednavigationproperty';
const LOGICAL_NAME = 'Microsoft.Dynamics.CRM.lookuplogicalname';

/** Types of columns that records do not have as plain values. */
const NOT_PLAIN: ReadonlySet<string> = new Set([
  'PartyList',
  'Virtual',
  'File',
  'Image',
  'ManagedProperty',
]);

type Entries = readonly (readonly [name: string, value: unknown])[];

/** Writes a record. */
export function recordJson(entity: Entity, form: RecordForm): JsonRecord {
  const { rowVersion } = entity;
  const hasEtag = (form.hasEtag ?? true) && rowVersion !== undefined;
  return Object.fromEntries([
    ...(hasEtag ? [['@odata.etag', `W/"${rowVersion}"`] as const] : []),
    ...[...columnsOf(entity, form)].flatMap((column) => entriesOf(entity, column, form)),
  ]);
}

/** Those that are asked for, the id, and the currency of amounts. */
function columnsOf(
  entity: Entity,
  { properties, tables, omitsEmpty }: RecordForm,
): Iterable<string> {
  const { logicalName, attributes } = entity;
  const { metadata } = tables;
  if (omitsEmpty) return Object.keys(attributes);
  const primaryId = metadata.primaryIdOf(logicalName);
  if (properties === undefined) {
    return new Set([...readable(logicalName, metadata), ...Object.keys(attributes)]);
  }
  const columns = properties.map((property) => columnOf(logicalName, property, tables));
  const hasMoney = columns.some(
    (column) => metadata.attribute(logicalName, column)?.type === 'Money',
  );
  const currency = 'transactioncurrencyid';
  const hasCurrency = hasMoney && metadata.attribute(logicalName, currency) !== undefined;
  return new Set([...columns, primaryId, ...(hasCurrency ? [currency] : [])]);
}

function readable(logicalName: string, metadata: MetadataBook): readonly string[] {
  return Object.values(metadata.entity(logicalName)?.attributes ?? {})
    .filter(({ type, isValidForRead }) => isValidForRead !== false && !NOT_PLAIN.has(type))
    .map(({ logicalName: column }) => column);
}

function entriesOf(
  entity: Entity,
  column: string,
  { tables, properties, omitsEmpty }: RecordForm,
): Entries {
  const { logicalName, formattedValues } = entity;
  const value = (entity.attributes as Record<string, AttributeValue | undefined>)[column] ?? null;
  const formatted = Object.hasOwn(formattedValues, column) ? formattedValues[column] : undefined;
  if (value === null) {
    if (omitsEmpty) return [];
    const isReference =
      isLookup(tables.metadata.attribute(logicalName, column)) ||
      (properties ?? []).some((property) => lookupColumn(property) === column);
    return [[isReference ? `_${column}_value` : column, null]];
  }
  if (value instanceof AliasedValue) return aliased(column, value, { formatted, tables });
  if (!(value instanceof EntityReference)) return annotated(column, value, formatted);
  return reference(`_${column}_value`, value, {
    formatted,
    navigation: navigationNameOf(logicalName, column, { target: value.logicalName, tables }),
  });
}

function aliased(
  name: string,
  { entityLogicalName, attributeLogicalName, value }: AliasedValue,
  { formatted, tables }: { readonly formatted: string | undefined; readonly tables: Tables },
): Entries {
  if (!(value instanceof EntityReference)) return annotated(name, value, formatted);
  const target = value.logicalName;
  const navigation = navigationNameOf(entityLogicalName, attributeLogicalName, { target, tables });
  return reference(name, value, { formatted, navigation });
}

function annotated(name: string, value: AttributeValue, formatted: string | undefined): Entries {
  const plain = plainOf(value);
  if (plain === undefined) return [];
  return [
    ...(formatted === undefined ? [] : [[`${name}@${FORMATTED}`, formatted] as const]),
    [name, plain],
  ];
}

function reference(
  property: string,
  { id, logicalName, name }: EntityReference,
  {
    formatted = name,
    navigation,
  }: { readonly formatted: string | undefined; readonly navigation: string },
): Entries {
  return [
    ...(formatted === undefined ? [] : [[`${property}@${FORMATTED}`, formatted] as const]),
    [`${property}@${NAVIGATION}`, navigation],
    [`${property}@${LOGICAL_NAME}`, logicalName],
    [property, id],
  ];
}

/** A value in JSON; `undefined` for what has no place in it. */
export function plainOf(value: AttributeValue): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Date) return dateText(value);
  if (value instanceof OptionSetValue || value instanceof Money) return value.value;
  if (value instanceof OptionSetValueCollection) return value.values.join(',');
  if (value instanceof Uint8Array) return base64Of(value);
  if (value instanceof EntityReference) return value.id;
  return value instanceof EntityCollection || !(value instanceof AliasedValue)
    ? undefined
    : plainOf(value.value);
}

/** The service keeps whole seconds; where there are parts of one, they are shown. */
function dateText(date: Date): string {
  return date.toISOString().replace('.000Z', 'Z');
}
