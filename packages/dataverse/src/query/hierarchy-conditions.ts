/** The operators about hierarchies: above a record, below it, and itself. */
import { DataverseFault } from '../faults/dataverse-fault.ts';
import type { MetadataBook } from '../metadata/metadata-book.ts';
import { EntityReference } from '../records/entity-reference.ts';
import { type Guid, parseGuid } from '../records/guid.ts';
import type { Store } from '../store/store.ts';
import {
  type ConditionPlace,
  type ConditionRule,
  type ConditionRules,
  opposite,
} from './condition-rules.ts';
import { above, below, type Hierarchy } from './hierarchy.ts';

/** Columns that refer to the record above, where no relationship says which does. */
const USUAL: Readonly<Record<string, string>> = {
  contact: 'parentcustomerid',
  systemuser: 'parentsystemuserid',
  task: 'parenttask',
};

/** The column by which records of a table refer to those above them. */
function parentColumnOf(entity: string, metadata: MetadataBook): string {
  const own = metadata.referencing(entity).filter((one) => one.referencedEntity === entity);
  const said = own.find((one) => one.isHierarchical) ?? (own.length === 1 ? own[0] : undefined);
  if (said) return said.referencingAttribute;
  return Object.hasOwn(USUAL, entity) ? (USUAL[entity] as string) : `parent${entity}id`;
}

/** Of which table the records are that a column has. */
function tableOf({ entity, column, attribute, sample, environment }: ConditionPlace): string {
  if (column === environment.metadata.primaryIdOf(entity)) return entity;
  if (attribute && 'targets' in attribute) return attribute.targets[0] ?? entity;
  const cell = sample();
  return cell instanceof EntityReference ? cell.logicalName : entity;
}

/** @throws DataverseFault for what refers to no record */
function idOf(value: unknown, { operator }: ConditionPlace): Guid {
  const id = value instanceof EntityReference ? value.id : parseGuid(value);
  if (id !== undefined) return id;
  throw new DataverseFault(
    'InvalidArgument',
    `Condition operator '${operator}' requires the id of a record, not '${String(value)}'`,
  );
}

const within = (
  idsOf: (store: Store, hierarchy: Hierarchy, id: Guid) => Set<Guid>,
  isItself: boolean,
): ConditionRule => ({
  values: 1,
  takes: 'given',
  seek: ([value], place) => {
    const { store, metadata } = place.environment;
    const id = idOf(value, place);
    const entity = value instanceof EntityReference ? value.logicalName : tableOf(place);
    const keys = idsOf(store, { entity, parentColumn: parentColumnOf(entity, metadata) }, id);
    if (isItself) keys.add(id);
    return { kind: 'keys', keys };
  },
});

const under = within(below, false);

/** The rules. */
export const HIERARCHY_RULES: ConditionRules = {
  Above: within(above, false),
  AboveOrEqual: within(above, true),
  Under: under,
  UnderOrEqual: within(below, true),
  NotUnder: opposite(under),
};
