/** navigationOf: where a navigation property of the Web API leads: to the record in a lookup, or to a list of records. */
import type {
  ManyToManyRelationshipMetadata,
  OneToManyRelationshipMetadata,
} from '../metadata/relationship-metadata.ts';
import { EntityReference } from '../records/entity-reference.ts';
import { isLookup, sampleOf, type Tables } from './table-scope.ts';

/** To the record that a column refers to. */
export interface LookupNavigation {
  readonly kind: 'lookup';
  readonly name: string;
  readonly column: string;
  readonly target: string;
  /** Known where the relationship is described. */
  readonly schemaName: string | undefined;
}

/** To the records that refer to this one. */
export interface ListNavigation {
  readonly kind: 'list';
  readonly name: string;
  readonly target: string;
  /** The column of the target. */
  readonly column: string;
  readonly schemaName: string;
}

/** To records that belong to this one by rows of a third table. */
export interface AcrossNavigation {
  readonly kind: 'across';
  readonly name: string;
  readonly target: string;
  readonly intersect: string;
  /** The columns of the third table. */
  readonly ownColumn: string;
  readonly targetColumn: string;
  readonly schemaName: string;
}

/** Where a navigation property leads. */
export type Navigation = LookupNavigation | ListNavigation | AcrossNavigation;

/** Where a property leads; `undefined` if it leads nowhere. */
export function navigationOf(entity: string, name: string, tables: Tables): Navigation | undefined {
  return (
    described(entity, name, tables) ??
    byTargets(entity, name, tables) ??
    bySample(entity, name, tables)
  );
}

/** What the property is called that leads to the record in a column. */
export function navigationNameOf(
  entity: string,
  column: string,
  { target, tables: { metadata } }: { readonly target: string; readonly tables: Tables },
): string {
  const relationships = metadata
    .referencing(entity)
    .filter(({ referencingAttribute }) => referencingAttribute === column);
  const own = relationships.find(({ referencedEntity }) => referencedEntity === target);
  if (own?.navigationProperty) return own.navigationProperty;
  const attribute = metadata.attribute(entity, column);
  const targets = attribute && 'targets' in attribute ? attribute.targets : [];
  const isOne = attribute?.type === 'Owner' || Math.max(relationships.length, targets.length) < 2;
  return isOne ? column : `${column}_${target}`;
}

function described(entity: string, name: string, { metadata }: Tables): Navigation | undefined {
  const many = metadata
    .referenced(entity)
    .find((one) => (one.collectionNavigationProperty ?? one.schemaName) === name);
  if (many) return listOf(many, name);
  const one = metadata
    .referencing(entity)
    .find(({ navigationProperty }) => navigationProperty === name);
  if (one) {
    const { referencingAttribute, referencedEntity, schemaName } = one;
    return {
      kind: 'lookup',
      name,
      column: referencingAttribute,
      target: referencedEntity,
      schemaName,
    };
  }
  for (const relationship of metadata.relationships) {
    if (relationship.kind !== 'ManyToMany') continue;
    const across = acrossOf(relationship, entity, name);
    if (across) return across;
  }
  return undefined;
}

function listOf(relationship: OneToManyRelationshipMetadata, name: string): ListNavigation {
  const { referencingEntity, referencingAttribute, schemaName } = relationship;
  return {
    kind: 'list',
    name,
    target: referencingEntity,
    column: referencingAttribute,
    schemaName,
  };
}

function acrossOf(
  relationship: ManyToManyRelationshipMetadata,
  entity: string,
  name: string,
): AcrossNavigation | undefined {
  const { schemaName, intersectEntityName: intersect } = relationship;
  const one = {
    entity: relationship.entity1LogicalName,
    column: relationship.entity1IntersectAttribute ?? `${relationship.entity1LogicalName}id`,
    name: relationship.entity1NavigationProperty ?? schemaName,
  };
  const two = {
    entity: relationship.entity2LogicalName,
    column: relationship.entity2IntersectAttribute ?? `${relationship.entity2LogicalName}id`,
    name: relationship.entity2NavigationProperty ?? schemaName,
  };
  for (const [own, other] of [
    [one, two],
    [two, one],
  ] as const) {
    if (own.entity !== entity || own.name !== name) continue;
    return {
      kind: 'across',
      name,
      target: other.entity,
      intersect,
      ownColumn: own.column,
      targetColumn: other.column,
      schemaName,
    };
  }
  return undefined;
}

/** A lookup whose column is described and its relationship not. */
function byTargets(entity: string, name: string, { metadata }: Tables): Navigation | undefined {
  const attributes = metadata.entity(entity)?.attributes ?? {};
  for (const [column, attribute] of Object.entries(attributes)) {
    if (!isLookup(attribute) || !('targets' in attribute)) continue;
    const target =
      column === name && (attribute.targets.length === 1 || attribute.type === 'Owner')
        ? attribute.targets[0]
        : attribute.targets.find((one) => `${column}_${one}` === name);
    if (target) return { kind: 'lookup', name, column, target, schemaName: undefined };
  }
  return undefined;
}

/** Where nothing is described, a record that has a reference says where it leads. */
function bySample(entity: string, name: string, tables: Tables): Navigation | undefined {
  if (tables.metadata.entity(entity)) return undefined;
  const lower = name.toLowerCase();
  for (const column of [lower, lower.replace(/_[a-z]\w*$/, '')]) {
    const sample = sampleOf(entity, column, tables);
    if (!(sample instanceof EntityReference)) continue;
    const target = column === lower ? sample.logicalName : lower.slice(column.length + 1);
    return { kind: 'lookup', name, column, target, schemaName: undefined };
  }
  return undefined;
}
