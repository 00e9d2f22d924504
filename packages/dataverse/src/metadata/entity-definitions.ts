/** metadataFromEntityDefinitions: tables and relationships, read from the JSON that the Web API gives for `EntityDefinitions`. */
import { unexpected } from '@interpose/kernel/options';
import type { AttributeMetadata } from './attribute-metadata.ts';
import type { Metadata } from './csdl.ts';
import { definedAttribute } from './defined-attribute.ts';
import { definedRelationships } from './defined-relationships.ts';
import { flagOf, type Json, labelOf, listOf, objectOf, textOf } from './definition-json.ts';
import type { EntityKeyMetadata, EntityMetadata } from './entity-metadata.ts';

/**
 * Reads what `EntityDefinitions?$expand=Attributes,Keys,…` answers, one definition of it, a list of them, or what RetrieveMetadataChanges
 * answers. What was not asked for is not there: without their `OptionSet`, choices are not known, and any will do.
 *
 * @throws TypeError for what is none of these
 */
export function metadataFromEntityDefinitions(json: unknown): Metadata {
  const definitions = definitionsIn(json);
  const relationships = new Map(
    definitions
      .flatMap((definition) => definedRelationships(definition))
      .map((relationship) => [relationship.schemaName, relationship] as const),
  );
  return { entities: definitions.map(definedEntity), relationships: [...relationships.values()] };
}

function definitionsIn(json: unknown): readonly Json[] {
  const object = objectOf(json);
  const list = Array.isArray(json)
    ? json
    : (object?.['value'] ?? object?.['EntityMetadata'] ?? [object]);
  const definitions = Array.isArray(list) ? list.map(objectOf) : [undefined];
  for (const definition of definitions) {
    if (textOf(definition, 'LogicalName') === undefined) {
      throw unexpected(
        'json',
        'definitions of entities, each with a LogicalName',
        definition ?? json,
      );
    }
  }
  return definitions as readonly Json[];
}

function definedEntity(json: Json): EntityMetadata {
  const logicalName = textOf(json, 'LogicalName') as string;
  const attributes = listOf(json, 'Attributes').flatMap((attribute) => {
    const column = definedAttribute(attribute);
    return column ? [[column.logicalName, column] as const] : [];
  });
  const keys = listOf(json, 'Keys').map(definedKey);
  const texts = {
    schemaName: textOf(json, 'SchemaName'),
    entitySetName: textOf(json, 'EntitySetName'),
    displayName: labelOf(json['DisplayName']),
    primaryIdAttribute: textOf(json, 'PrimaryIdAttribute') ?? primaryIdOf(logicalName, attributes),
    primaryNameAttribute: textOf(json, 'PrimaryNameAttribute'),
    ownershipType: ownershipOf(textOf(json, 'OwnershipType')),
    objectTypeCode: numberOf(json['ObjectTypeCode']),
    isActivity: flagOf(json, 'IsActivity'),
    isIntersect: flagOf(json, 'IsIntersect'),
    isOptimisticConcurrencyEnabled: flagOf(json, 'IsOptimisticConcurrencyEnabled'),
    enforceStateTransitions: flagOf(json, 'EnforceStateTransitions'),
  };
  const said = Object.entries(texts).filter(([, value]) => value !== undefined);
  return {
    ...(Object.fromEntries(said) as Partial<EntityMetadata>),
    logicalName,
    isComplete: attributes.length > 0,
    attributes: Object.fromEntries(attributes),
    ...(keys.length > 0 && { keys }),
  };
}

function primaryIdOf(
  logicalName: string,
  attributes: readonly (readonly [string, AttributeMetadata])[],
): string | undefined {
  const usual = [`${logicalName}id`, 'activityid'];
  return usual.find((name) => attributes.some(([column]) => column === name));
}

function definedKey(json: Json): EntityKeyMetadata {
  const columns = json['KeyAttributes'];
  return {
    logicalName: textOf(json, 'LogicalName') ?? textOf(json, 'SchemaName') ?? '',
    keyAttributes: Array.isArray(columns) ? columns.map(String) : [],
  };
}

const OWNERSHIPS = ['UserOwned', 'OrganizationOwned', 'BusinessOwned', 'None'] as const;

function ownershipOf(text: string | undefined): (typeof OWNERSHIPS)[number] | undefined {
  return OWNERSHIPS.find((one) => one === text);
}

const numberOf = (value: unknown): number | undefined =>
  typeof value === 'number' ? value : undefined;
