/** csdlRelationships: the navigation properties of a document as relationships. */
import { leadsFrom } from './csdl-attributes.ts';
import {
  type CsdlDocument,
  type CsdlEntityType,
  type CsdlNavigation,
  plainName,
} from './csdl-document.ts';
import type {
  ManyToManyRelationshipMetadata,
  OneToManyRelationshipMetadata,
  RelationshipMetadata,
} from './relationship-metadata.ts';

/** Those among the tables that are wanted, each once. */
export function csdlRelationships(
  document: CsdlDocument,
  wanted: ReadonlySet<string>,
): readonly RelationshipMetadata[] {
  const found = new Map<string, RelationshipMetadata>();
  for (const name of wanted) {
    const type = document.types.get(name) as CsdlEntityType;
    for (const navigation of type.navigation) {
      const relationship = navigation.type.startsWith('Collection(')
        ? manyToMany(type, navigation, document)
        : oneToMany(type, navigation);
      if (!relationship || found.has(relationship.schemaName)) continue;
      if (tablesOf(relationship).every((table) => wanted.has(table))) {
        found.set(relationship.schemaName, relationship);
      }
    }
  }
  return [...found.values()];
}

const tablesOf = (relationship: RelationshipMetadata): readonly string[] =>
  relationship.kind === 'ManyToMany'
    ? [relationship.entity1LogicalName, relationship.entity2LogicalName]
    : [relationship.referencingEntity, relationship.referencedEntity];

/** A list on the other side is named as the relationship is. */
function oneToMany(
  type: CsdlEntityType,
  navigation: CsdlNavigation,
): OneToManyRelationshipMetadata | undefined {
  const { name, partner } = navigation;
  const property = type.properties.find(({ name: one }) => {
    const lookup = /^_(.+)_value$/.exec(one)?.[1];
    return lookup !== undefined && leadsFrom(navigation, lookup, one);
  });
  const column = /^_(.+)_value$/.exec(property?.name ?? '')?.[1];
  if (column === undefined || partner === undefined) return undefined;
  return {
    kind: 'OneToMany',
    schemaName: partner,
    referencingEntity: type.name,
    referencingAttribute: column,
    referencedEntity: plainName(navigation.type),
    navigationProperty: name,
    collectionNavigationProperty: partner,
  };
}

/** A list whose partner is a list. The document does not say which table has the pairs; it is named as the relationship is, more or less. */
function manyToMany(
  type: CsdlEntityType,
  { name, type: listType, partner }: CsdlNavigation,
  { types }: CsdlDocument,
): ManyToManyRelationshipMetadata | undefined {
  const other = plainName(listType.slice('Collection('.length, -1));
  const back = types.get(other)?.navigation.find((one) => one.name === partner);
  if (!partner || !back?.type.startsWith('Collection(')) return undefined;
  const short = name.replace(/_association$/, '').toLowerCase();
  const intersect = [name.toLowerCase(), short].find((table) => types.has(table)) ?? short;
  const [one, two] = [type.name, other].toSorted() as [string, string];
  return {
    kind: 'ManyToMany',
    schemaName: name,
    entity1LogicalName: one,
    entity2LogicalName: two,
    intersectEntityName: intersect,
    entity1NavigationProperty: one === type.name ? name : partner,
    entity2NavigationProperty: one === type.name ? partner : name,
  };
}
