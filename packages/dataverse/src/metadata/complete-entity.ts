/** completeEntity: a table as it was described, checked, and with the columns that every table has. */
import { unexpected } from '@interpose/kernel/options';
import type { AttributeMetadata, AttributeType } from './attribute-metadata.ts';
import type { EntityMetadata } from './entity-metadata.ts';
import { checkEntityKeys } from './entity-keys.ts';
import { systemAttributes } from './system-attributes.ts';

const complete = new WeakMap<EntityMetadata, EntityMetadata>();

/**
 * The table. What is done to the description afterwards does not change it.
 *
 * @throws TypeError for columns without a name of their own, or keys that no table can have
 */
export function completeEntity(entity: EntityMetadata): EntityMetadata {
  const known = complete.get(entity);
  if (known) return known;
  const made = completed(entity);
  complete.set(made, made);
  // What can still be changed is read anew each time.
  if (Object.isFrozen(entity)) complete.set(entity, made);
  return made;
}

function completed(entity: EntityMetadata): EntityMetadata {
  const { logicalName, attributes } = entity;
  if (typeof attributes !== 'object' || attributes === null) {
    throw unexpected(`${logicalName}.attributes`, 'columns by name', attributes);
  }
  const own = Object.entries(attributes).map(([name, column]) => {
    if (column?.logicalName === name && typeof column.type === 'string') {
      return [name, checkedColumn(column, logicalName)] as const;
    }
    throw unexpected(
      `${logicalName}.attributes`,
      `columns with a type, each under its logicalName, as ${name} is not`,
      column,
    );
  });
  const usual = entity.isComplete || entity.isIntersect ? [] : systemAttributes(entity);
  const added = usual.filter(({ logicalName: name }) => !Object.hasOwn(attributes, name));
  const all = Object.fromEntries([
    ...own,
    ...added.map((column) => [column.logicalName, column] as const),
  ]);
  const made = Object.freeze({ ...entity, attributes: Object.freeze(all) });
  checkEntityKeys(made);
  return made;
}

const CHOICES: ReadonlySet<AttributeType> = new Set<AttributeType>([
  'Picklist',
  'MultiSelectPicklist',
  'State',
  'Status',
]);
const REFERENCES: ReadonlySet<AttributeType> = new Set<AttributeType>([
  'Lookup',
  'Customer',
  'Owner',
  'PartyList',
]);

/** @throws TypeError for a column of choices without a list of them, or of references without their tables */
function checkedColumn(column: AttributeMetadata, logicalName: string): AttributeMetadata {
  const name = `${logicalName}.${column.logicalName}`;
  if (CHOICES.has(column.type) || REFERENCES.has(column.type)) {
    const list = CHOICES.has(column.type) ? 'options' : 'targets';
    const given = (column as unknown as Record<string, unknown>)[list];
    if (!Array.isArray(given)) throw unexpected(`${name}.${list}`, 'a list', given);
  }
  return Object.isFrozen(column) ? column : Object.freeze({ ...column });
}
