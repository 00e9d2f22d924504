/** csdlAttributes: the properties of a type as columns. */
import type { AttributeMetadata, LookupAttributeMetadata } from './attribute-metadata.ts';
import {
  type CsdlEntityType,
  type CsdlNavigation,
  type CsdlProperty,
  plainName,
} from './csdl-document.ts';

/** What a document does not say of columns. */
export interface CsdlColumnNames {
  /** Whether a whole number is a choice. @default by its name: those that end with `code` or `type`, but for a few */
  readonly isChoice?: (table: string, column: string) => boolean;
}

/** Text is as long as it can be at all. */
const MOST_TEXT = 1_048_576;

/** The columns, also those of the types that it extends. */
export function csdlAttributes(
  table: string,
  lineage: readonly CsdlEntityType[],
  { isChoice = isChoiceByName }: CsdlColumnNames,
): readonly AttributeMetadata[] {
  const properties = lineage.flatMap((type) => type.properties);
  const navigation = lineage.flatMap((type) => type.navigation);
  const names = new Set(properties.map(({ name }) => name));
  return properties.map((property) => {
    const lookup = /^_(.+)_value$/.exec(property.name)?.[1];
    if (lookup !== undefined) return lookupColumn(lookup, property, navigation);
    const logicalName = property.name;
    const type = plainType(property.type);
    if (type === 'Integer') return wholeColumn(logicalName, isChoice(table, logicalName));
    if (type === 'Decimal' && isAmount(logicalName, names)) return { logicalName, type: 'Money' };
    if (type === 'String') return { logicalName, type, maxLength: MOST_TEXT };
    return property.type === 'Edm.Date'
      ? { logicalName, type: 'DateTime', behavior: 'DateOnly', format: 'DateOnly' }
      : ({ logicalName, type } as AttributeMetadata);
  });
}

const TYPES: ReadonlyMap<
  string,
  | 'Integer'
  | 'Decimal'
  | 'String'
  | 'DateTime'
  | 'BigInt'
  | 'Double'
  | 'Boolean'
  | 'Uniqueidentifier'
  | 'Image'
> = new Map([
  ['Edm.Byte', 'Integer'],
  ['Edm.Int16', 'Integer'],
  ['Edm.Int32', 'Integer'],
  ['Edm.Int64', 'BigInt'],
  ['Edm.Decimal', 'Decimal'],
  ['Edm.Double', 'Double'],
  ['Edm.Single', 'Double'],
  ['Edm.Boolean', 'Boolean'],
  ['Edm.Guid', 'Uniqueidentifier'],
  ['Edm.String', 'String'],
  ['Edm.Date', 'DateTime'],
  ['Edm.DateTimeOffset', 'DateTime'],
  ['Edm.Binary', 'Image'],
]);

const plainType = (type: string) => TYPES.get(type) ?? 'Virtual';

function wholeColumn(logicalName: string, isChoice: boolean): AttributeMetadata {
  if (logicalName === 'statecode') return { logicalName, type: 'State', options: [] };
  if (logicalName === 'statuscode') return { logicalName, type: 'Status', options: [] };
  return isChoice
    ? { logicalName, type: 'Picklist', options: [] }
    : { logicalName, type: 'Integer' };
}

const CHOICE = /(?:code|type|typemask)$|^componentstate$/;
const NO_CHOICE = /(?:timezone|language|objecttype|country|currency)code$|^errorcode$/;

const isChoiceByName = (_table: string, column: string): boolean =>
  CHOICE.test(column) && !NO_CHOICE.test(column);

const isAmount = (name: string, names: ReadonlySet<string>): boolean =>
  name.endsWith('_base') ? names.has(name.slice(0, -'_base'.length)) : names.has(`${name}_base`);

function lookupColumn(
  logicalName: string,
  { name: property }: CsdlProperty,
  navigation: readonly CsdlNavigation[],
): LookupAttributeMetadata {
  const targets = navigation
    .filter((one) => leadsFrom(one, logicalName, property))
    .map(({ type }) => plainName(type));
  if (targets.includes('principal')) {
    return { logicalName, type: 'Owner', targets: ['systemuser', 'team'] };
  }
  const each = [...new Set(targets)].toSorted();
  const isCustomer = each.length === 2 && each[0] === 'account' && each[1] === 'contact';
  return { logicalName, type: isCustomer ? 'Customer' : 'Lookup', targets: each };
}

/** By what the document says, else by its name: where a column leads to several tables, each has one that begins with the column's. */
export function leadsFrom(
  { name, type, property }: CsdlNavigation,
  logicalName: string,
  ownProperty: string,
): boolean {
  if (type.startsWith('Collection(')) return false;
  if (property !== undefined) return property === ownProperty;
  return name === logicalName || name.startsWith(`${logicalName}_`);
}
