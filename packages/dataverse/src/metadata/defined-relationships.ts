/** definedRelationships: the relationships of a table, read from its definition in JSON. */
import { type Json, listOf, objectOf, textOf } from './definition-json.ts';
import type {
  CascadeConfiguration,
  CascadeType,
  RelationshipMetadata,
} from './relationship-metadata.ts';

/** Those that the definition lists, of all kinds. */
export function definedRelationships(definition: Json): readonly RelationshipMetadata[] {
  return [
    ...listOf(definition, 'OneToManyRelationships').flatMap((json) => oneToMany(json) ?? []),
    ...listOf(definition, 'ManyToOneRelationships').flatMap((json) => oneToMany(json) ?? []),
    ...listOf(definition, 'ManyToManyRelationships').flatMap((json) => manyToMany(json) ?? []),
  ];
}

function oneToMany(json: Json): RelationshipMetadata | undefined {
  const schemaName = textOf(json, 'SchemaName');
  const referencingEntity = textOf(json, 'ReferencingEntity');
  const referencingAttribute = textOf(json, 'ReferencingAttribute');
  const referencedEntity = textOf(json, 'ReferencedEntity');
  if (!schemaName || !referencingEntity || !referencingAttribute || !referencedEntity) {
    return undefined;
  }
  const referencedAttribute = textOf(json, 'ReferencedAttribute');
  const navigationProperty = textOf(json, 'ReferencingEntityNavigationPropertyName');
  const listProperty = textOf(json, 'ReferencedEntityNavigationPropertyName');
  return {
    kind: 'OneToMany',
    schemaName,
    referencingEntity,
    referencingAttribute,
    referencedEntity,
    cascade: cascadeOf(objectOf(json['CascadeConfiguration'])),
    ...(referencedAttribute && { referencedAttribute }),
    ...(navigationProperty && { navigationProperty }),
    ...(listProperty && { collectionNavigationProperty: listProperty }),
    ...(json['IsHierarchical'] === true && { isHierarchical: true }),
  };
}

const KINDS = ['Assign', 'Delete', 'Merge', 'Reparent', 'Share', 'Unshare'] as const;
const TYPES: ReadonlySet<string> = new Set<CascadeType>([
  'NoCascade',
  'Cascade',
  'Active',
  'UserOwned',
  'RemoveLink',
  'Restrict',
]);

function cascadeOf(json: Json | undefined): CascadeConfiguration {
  const said = KINDS.flatMap((kind) => {
    const type = textOf(json, kind);
    return type !== undefined && TYPES.has(type) ? [[kind.toLowerCase(), type] as const] : [];
  });
  return Object.fromEntries(said);
}

function manyToMany(json: Json): RelationshipMetadata | undefined {
  const schemaName = textOf(json, 'SchemaName');
  const entity1LogicalName = textOf(json, 'Entity1LogicalName');
  const entity2LogicalName = textOf(json, 'Entity2LogicalName');
  const intersectEntityName = textOf(json, 'IntersectEntityName');
  if (!schemaName || !entity1LogicalName || !entity2LogicalName || !intersectEntityName) {
    return undefined;
  }
  const more = {
    entity1IntersectAttribute: textOf(json, 'Entity1IntersectAttribute'),
    entity2IntersectAttribute: textOf(json, 'Entity2IntersectAttribute'),
    entity1NavigationProperty: textOf(json, 'Entity1NavigationPropertyName'),
    entity2NavigationProperty: textOf(json, 'Entity2NavigationPropertyName'),
  };
  const said = Object.entries(more).filter(([, value]) => value !== undefined);
  return {
    ...Object.fromEntries(said),
    kind: 'ManyToMany',
    schemaName,
    entity1LogicalName,
    entity2LogicalName,
    intersectEntityName,
  };
}
