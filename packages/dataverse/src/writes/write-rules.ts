/** WriteRules: what is to be done when a record of a table is written, read off its metadata once. */
import type {
  AttributeMetadata,
  BooleanAttributeMetadata,
  MoneyAttributeMetadata,
  PicklistAttributeMetadata,
  StateAttributeMetadata,
  StatusAttributeMetadata,
  TextAttributeMetadata,
} from '../metadata/attribute-metadata.ts';
import type { EntityMetadata } from '../metadata/entity-metadata.ts';
import { OptionSetValue } from '../records/option-set-value.ts';
import type { Cell } from '../store/cell.ts';

/** The columns of a table that need more than a check of their values. */
export interface WriteRules {
  readonly required: readonly AttributeMetadata[];
  /** What columns have that nobody gives a value. */
  readonly defaults: readonly (readonly [name: string, cell: Cell])[];
  readonly autoNumbers: readonly (TextAttributeMetadata & { readonly autoNumberFormat: string })[];
  /** Amounts in the currency of the record, without those in that of the organization. */
  readonly amounts: readonly MoneyAttributeMetadata[];
  readonly state: StateAttributeMetadata | undefined;
  readonly status: StatusAttributeMetadata | undefined;
}

const known = new WeakMap<EntityMetadata, WriteRules>();

/** The rules of a table. */
export function writeRulesOf(entity: EntityMetadata): WriteRules {
  const rules = known.get(entity);
  if (rules) return rules;
  const made = rulesOf(Object.values(entity.attributes));
  known.set(entity, made);
  return made;
}

function rulesOf(columns: readonly AttributeMetadata[]): WriteRules {
  const names = new Set(columns.map(({ logicalName }) => logicalName));
  return {
    required: columns.filter(isRequired),
    defaults: columns.flatMap((column) => {
      const cell = defaultOf(column);
      return cell === undefined ? [] : [[column.logicalName, cell] as const];
    }),
    autoNumbers: columns.filter(
      (column): column is WriteRules['autoNumbers'][number] =>
        column.type === 'String' && Boolean(column.autoNumberFormat),
    ),
    amounts: columns.filter(
      (column): column is MoneyAttributeMetadata =>
        column.type === 'Money' && !isBase(column.logicalName, names),
    ),
    state: columns.find((column) => column.type === 'State'),
    status: columns.find((column) => column.type === 'Status'),
  };
}

const isBase = (name: string, names: ReadonlySet<string>): boolean =>
  name.endsWith('_base') && names.has(name.slice(0, -'_base'.length));

const BY_SYSTEM: ReadonlySet<string> = new Set([
  'State',
  'Status',
  'Owner',
  'Uniqueidentifier',
  'EntityName',
]);

/** The system fills the rest itself, or nobody may. */
function isRequired({ requiredLevel, isValidForCreate, type }: AttributeMetadata): boolean {
  if (requiredLevel !== 'SystemRequired' || isValidForCreate === false) return false;
  return !BY_SYSTEM.has(type);
}

function defaultOf(column: AttributeMetadata): Cell | undefined {
  if (column.type === 'Boolean') return (column as BooleanAttributeMetadata).defaultValue;
  if (column.type !== 'Picklist') return undefined;
  const { defaultValue } = column as PicklistAttributeMetadata;
  return defaultValue === undefined || defaultValue < 0
    ? undefined
    : new OptionSetValue(defaultValue);
}
