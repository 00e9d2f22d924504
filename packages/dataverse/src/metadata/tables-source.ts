/** tablesSource: metadata as TypeScript interfaces, one a table, for `Entity<Account>`. */
import type { AttributeMetadata, AttributeType } from './attribute-metadata.ts';
import type { EntityMetadata } from './entity-metadata.ts';
import type { MetadataBook } from './metadata-book.ts';

/** How the source is written. */
export interface TablesSourceOptions {
  /** The tables. @default all that are described */
  readonly tables?: readonly string[];
  /** From where the types of values come. @default '@interpose/dataverse' */
  readonly module?: string;
}

/**
 * The source of a file with an interface for each table, and `Tables`, which has them by logical name.
 *
 * @throws DataverseFault for a table that is not described
 * @example
 * await writeFile('tables.ts', tablesSource(context.metadata, { tables: ['account'] }));
 */
export function tablesSource(metadata: MetadataBook, options: TablesSourceOptions = {}): string {
  const { tables = metadata.entityNames, module = '@interpose/dataverse' } = options;
  const entities = tables.map((name) => metadata.describedEntity(name));
  const names = namesOf(entities);
  const used = new Set(
    entities.flatMap(({ attributes }) => Object.values(attributes).flatMap(importOf)),
  );
  const imports = used.size
    ? `import type { ${[...used].toSorted().join(', ')} } from ${quoted(module)};\n\n`
    : '';
  const list = entities
    .map((entity) => `  readonly ${propertyName(entity.logicalName)}: ${names.get(entity)};\n`)
    .join('');
  return [
    '/** The tables of an organization; written by tablesSource(), not by hand. */\n',
    imports,
    ...entities.map((entity) => `${interfaceOf(entity, names.get(entity) as string)}\n`),
    `/** The tables by their logical names. */\nexport interface Tables {\n${list}}\n`,
  ].join('');
}

function interfaceOf(entity: EntityMetadata, name: string): string {
  const columns = Object.values(entity.attributes).toSorted((one, other) =>
    one.logicalName < other.logicalName ? -1 : 1,
  );
  const lines = columns.map((column) => {
    const said = commentOf(column);
    const comment = said ? `  /** ${said} */\n` : '';
    return `${comment}  readonly ${propertyName(column.logicalName)}: ${TYPES[column.type]};\n`;
  });
  const title = comment(entity.displayName ?? entity.schemaName ?? entity.logicalName);
  return `/** ${title} */\nexport interface ${name} {\n${lines.join('')}}\n`;
}

const TYPES: Readonly<Record<AttributeType, string>> = {
  String: 'string',
  Memo: 'string',
  Integer: 'number',
  BigInt: 'number | bigint',
  Decimal: 'number',
  Double: 'number',
  Money: 'Money',
  Boolean: 'boolean',
  DateTime: 'Date',
  Picklist: 'OptionSetValue',
  MultiSelectPicklist: 'OptionSetValueCollection',
  State: 'OptionSetValue',
  Status: 'OptionSetValue',
  Lookup: 'EntityReference',
  Customer: 'EntityReference',
  Owner: 'EntityReference',
  PartyList: 'EntityCollection',
  Uniqueidentifier: 'Guid',
  EntityName: 'string',
  Virtual: 'AttributeValue',
  File: 'AttributeValue',
  Image: 'Uint8Array',
  ManagedProperty: 'AttributeValue',
};
/** The types that the language has itself. */
const OWN: ReadonlySet<string> = new Set([
  'string',
  'number',
  'number | bigint',
  'boolean',
  'Date',
  'Uint8Array',
]);

function importOf({ type }: AttributeMetadata): readonly string[] {
  return OWN.has(TYPES[type]) ? [] : [TYPES[type]];
}

/** What a column is called, and which choices or tables it takes. */
function commentOf(column: AttributeMetadata): string {
  const { displayName } = column;
  const details =
    'options' in column
      ? column.options.map(({ value, label }) => `${value} ${label}`).join(', ')
      : 'targets' in column
        ? column.targets.join(', ')
        : '';
  return comment([displayName, details].filter(Boolean).join(': '));
}

/** Nothing ends a comment before its time. */
const comment = (text: string): string =>
  text.replaceAll('*/', '* /').replaceAll(/\s+/g, ' ').trim();

const propertyName = (name: string): string =>
  /^[A-Za-z_$][\w$]*$/.test(name) ? name : quoted(name);

const quoted = (text: string): string =>
  `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;

/** Names in the form of types, each once. */
function namesOf(entities: readonly EntityMetadata[]): ReadonlyMap<EntityMetadata, string> {
  const taken = new Set(['Tables', ...Object.values(TYPES)]);
  const names = new Map<EntityMetadata, string>();
  for (const entity of entities) {
    const plain = typeName(entity.schemaName ?? entity.logicalName);
    let name = plain;
    for (let count = 2; taken.has(name); count++) name = `${plain}${count}`;
    taken.add(name);
    names.set(entity, name);
  }
  return names;
}

function typeName(name: string): string {
  const words = name.split(/[^A-Za-z\d]+/).filter(Boolean);
  const joined = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
  return /^[A-Za-z]/.test(joined) ? joined : `Table${joined}`;
}
