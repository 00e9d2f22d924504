/** metadataFromCsdl: tables and relationships, read from a `$metadata` document as an organization gives it. */
import { unexpected } from '@interpose/kernel/options';
import type { AttributeMetadata } from './attribute-metadata.ts';
import { type CsdlColumnNames, csdlAttributes } from './csdl-attributes.ts';
import { type CsdlDocument, type CsdlEntityType, readCsdl } from './csdl-document.ts';
import { csdlRelationships } from './csdl-relationships.ts';
import type { EntityMetadata } from './entity-metadata.ts';
import type { RelationshipMetadata } from './relationship-metadata.ts';

/** What to read of a document, and what it does not say itself. */
export interface CsdlOptions extends CsdlColumnNames {
  /** The tables to read. @default all */
  readonly tables?: readonly string[];
}

/** Tables with their relationships. */
export interface Metadata {
  readonly entities: readonly EntityMetadata[];
  readonly relationships: readonly RelationshipMetadata[];
}

/**
 * Reads tables, columns, keys and relationships. A document does not say everything: lengths, ranges, labels, choices and what happens to
 * records that refer to a deleted one are not in it, so columns are as wide as they can be.
 *
 * @throws CsdlSyntaxError for what is no document, TypeError for a table that is not in it
 */
export function metadataFromCsdl(text: string, options: CsdlOptions = {}): Metadata {
  const document = readCsdl(text);
  const { types, sets } = document;
  const names = options.tables ?? [...types.keys()].filter((name) => sets.has(name));
  const wanted = new Set(names);
  const entities = names.map((name) => {
    const type = types.get(name);
    if (!type) throw unexpected('tables', 'names of tables of the document', name);
    return entityOf(type, document, options);
  });
  const relationships = csdlRelationships(document, wanted);
  return { entities, relationships };
}

function entityOf(
  type: CsdlEntityType,
  document: CsdlDocument,
  options: CsdlColumnNames,
): EntityMetadata {
  const lineage = lineageOf(type, document);
  const attributes = csdlAttributes(type.name, lineage, options);
  const byName = Object.fromEntries(attributes.map((column) => [column.logicalName, column]));
  const has = (name: string): boolean => Object.hasOwn(byName, name);
  const primaryId = lineage.findLast(({ key }) => key.length)?.key[0];
  const primaryName = primaryNameOf(type.name, has);
  const keys = type.alternateKeys
    .map((key) => key.map(columnName))
    .filter((key) => key.every(has))
    .map((keyAttributes) => ({ logicalName: keyAttributes.join('_'), keyAttributes }));
  return {
    logicalName: type.name,
    entitySetName: document.sets.get(type.name) ?? `${type.name}s`,
    ...(primaryId !== undefined && { primaryIdAttribute: primaryId }),
    ...(primaryName !== undefined && { primaryNameAttribute: primaryName }),
    ownershipType: ownershipOf(has),
    isActivity: lineage.some(({ name }) => name === 'activitypointer'),
    isComplete: true,
    attributes: byName as Readonly<Record<string, AttributeMetadata>>,
    ...(keys.length > 0 && { keys }),
  };
}

/** The type and those that it extends, the most general one first. */
function lineageOf(type: CsdlEntityType, { types }: CsdlDocument): readonly CsdlEntityType[] {
  const lineage: CsdlEntityType[] = [];
  let one: CsdlEntityType | undefined = type;
  // Whoever writes a circle gets no endless one.
  while (one && !lineage.includes(one)) {
    lineage.unshift(one);
    one = one.baseType === undefined ? undefined : types.get(one.baseType);
  }
  return lineage;
}

function ownershipOf(has: (name: string) => boolean): 'UserOwned' | 'OrganizationOwned' | 'None' {
  if (has('ownerid')) return 'UserOwned';
  return has('organizationid') ? 'OrganizationOwned' : 'None';
}

/** The document does not say what a record is called by; there are names for it that are usual. */
function primaryNameOf(table: string, has: (name: string) => boolean): string | undefined {
  const [prefix] = table.split('_');
  return [`${prefix}_name`, 'fullname', 'name', 'subject', 'title', 'currencyname'].find(has);
}

/** `_x_value` has the id of what `x` refers to. */
export function columnName(property: string): string {
  return /^_(.+)_value$/.exec(property)?.[1] ?? property;
}
