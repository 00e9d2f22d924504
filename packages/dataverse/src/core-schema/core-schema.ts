/** coreSchema: the standard tables that most organizations have, with their columns, keys to each other and states. */
import type {
  AttributeMetadata,
  AttributeType,
  StateOptionMetadata,
  StatusOptionMetadata,
} from '../metadata/attribute-metadata.ts';
import type { Metadata } from '../metadata/csdl.ts';
import type { EntityMetadata } from '../metadata/entity-metadata.ts';
import type { RelationshipMetadata } from '../metadata/relationship-metadata.ts';
import { RELATIONSHIPS, TABLES } from './core-schema-data.ts';

let schema: Metadata | undefined;

/**
 * The tables, read when they are first asked for and the same for everybody since. Lengths, ranges and labels of choices are not among what is
 * known of them, but for states; what happens to records that refer to a deleted one neither.
 *
 * @example
 * const context = XrmFakedContextFactory.new({ metadata: coreSchema() });
 */
export function coreSchema(): Metadata {
  schema ??= Object.freeze({
    entities: Object.freeze(TABLES.map(tableOf)),
    relationships: Object.freeze(
      RELATIONSHIPS.flatMap((lines) => lines.split(';').map(relationshipOf)),
    ),
  });
  return schema;
}

const TYPES: ReadonlyMap<string, AttributeType> = new Map([
  ['S', 'String'],
  ['M', 'Memo'],
  ['I', 'Integer'],
  ['B', 'BigInt'],
  ['D', 'Decimal'],
  ['F', 'Double'],
  ['$', 'Money'],
  ['?', 'Boolean'],
  ['T', 'DateTime'],
  ['d', 'DateTime'],
  ['C', 'Picklist'],
  ['X', 'MultiSelectPicklist'],
  ['s', 'State'],
  ['t', 'Status'],
  ['L', 'Lookup'],
  ['K', 'Customer'],
  ['O', 'Owner'],
  ['P', 'PartyList'],
  ['G', 'Uniqueidentifier'],
  ['N', 'EntityName'],
  ['i', 'Image'],
  ['f', 'File'],
  ['V', 'Virtual'],
]);

/** Text is as long as it can be at all. */
const MOST_TEXT = 1_048_576;

/** `name|set|id|name of records|ownership|schema name|states|letter=column,…;…` */
function tableOf(line: string): EntityMetadata {
  const [
    logicalName = '',
    entitySetName = '',
    primaryId = '',
    primaryName,
    ownership = '',
    ...more
  ] = line.split('|');
  const [schemaName, states = '', columns = ''] = more;
  const options = statesOf(states);
  const attributes = columns.split(';').flatMap((group) => {
    const letter = group.charAt(0);
    return group
      .slice(2)
      .split(',')
      .map((text) => columnOf(letter, text, options));
  });
  return Object.freeze({
    logicalName,
    entitySetName,
    primaryIdAttribute: primaryId,
    ...(primaryName && { primaryNameAttribute: primaryName }),
    ...(schemaName && { schemaName }),
    ownershipType: ownership.startsWith('U')
      ? 'UserOwned'
      : ownership.startsWith('O')
        ? 'OrganizationOwned'
        : 'None',
    isActivity: ownership.endsWith('A'),
    isOptimisticConcurrencyEnabled: true,
    isComplete: true,
    attributes: Object.freeze(
      Object.fromEntries(attributes.map((column) => [column.logicalName, column])),
    ),
  } as const);
}

interface States {
  readonly states: readonly StateOptionMetadata[];
  readonly statuses: readonly StatusOptionMetadata[];
}

function columnOf(letter: string, text: string, states: States): AttributeMetadata {
  const [logicalName = '', ...targets] = text.split('>');
  const type = TYPES.get(letter) ?? 'Virtual';
  const isSystems = SYSTEMS.has(logicalName) || (logicalName.endsWith('_base') && type === 'Money');
  const details = DETAILS.get(letter)?.(targets, states) ?? {};
  return Object.freeze({
    logicalName,
    type,
    ...details,
    ...(isSystems && CLOSED),
  }) as AttributeMetadata;
}

const SYSTEMS: ReadonlySet<string> = new Set(['versionnumber', 'exchangerate']);
const text = (): object => ({ maxLength: MOST_TEXT });
const choice = (): object => ({ options: [] });
const lookup = (targets: readonly string[]): object => ({ targets });

type Details = (targets: readonly string[], states: States) => object;

const DETAILS: ReadonlyMap<string, Details> = new Map<string, Details>([
  ['S', text],
  ['M', text],
  ['d', () => ({ behavior: 'DateOnly', format: 'DateOnly' })],
  ['C', choice],
  ['X', choice],
  ['s', (_, { states }) => ({ options: states })],
  ['t', (_, { statuses }) => ({ options: statuses })],
  ['O', () => ({ targets: ['systemuser', 'team'] })],
  ['L', lookup],
  ['K', lookup],
  ['P', lookup],
]);

/** The system alone writes it. */
const CLOSED = { isValidForCreate: false, isValidForUpdate: false };

/** `0 Open: 1 New, 2 Contacted; 1 Qualified: 3 Qualified` */
function statesOf(text: string): States {
  const parts = text ? text.split('; ') : [];
  const states: StateOptionMetadata[] = [];
  const statuses: StatusOptionMetadata[] = [];
  for (const part of parts) {
    const [name = '', list = ''] = part.split(': ');
    const { value: state, label } = numbered(name);
    const own = list.split(', ').map((one) => ({ ...numbered(one), state }));
    statuses.push(...own);
    states.push({ value: state, label, defaultStatus: own[0]?.value ?? 0 });
  }
  return { states, statuses };
}

function numbered(text: string): { readonly value: number; readonly label: string } {
  const at = text.indexOf(' ');
  return { value: Number(text.slice(0, at)), label: text.slice(at + 1) };
}

/** `schema name|referencing table|column|referenced table|navigation property`, or `schema name*|table|table|table of pairs`. */
function relationshipOf(line: string): RelationshipMetadata {
  const [name = '', one = '', two = '', three = '', own = ''] = line.split('|');
  if (name.endsWith('*')) {
    const schemaName = name.slice(0, -1);
    return Object.freeze({
      kind: 'ManyToMany',
      schemaName,
      entity1LogicalName: one,
      entity2LogicalName: two,
      intersectEntityName: three,
      entity1NavigationProperty: schemaName,
      entity2NavigationProperty: schemaName,
    });
  }
  return Object.freeze({
    kind: 'OneToMany',
    schemaName: name,
    referencingEntity: one,
    referencingAttribute: two,
    referencedEntity: three,
    navigationProperty: own || two,
    collectionNavigationProperty: name,
  });
}
