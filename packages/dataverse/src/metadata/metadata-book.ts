/** MetadataBook: the tables and relationships that an organization knows of; of those that it does not know it assumes what is usual. */
import { unexpected } from '@interpose/kernel/options';
import { DataverseFault } from '../faults/dataverse-fault.ts';
import type { AttributeMetadata } from './attribute-metadata.ts';
import { completeEntity } from './complete-entity.ts';
import type { EntityMetadata } from './entity-metadata.ts';
import type {
  ManyToManyRelationshipMetadata,
  OneToManyRelationshipMetadata,
  RelationshipMetadata,
} from './relationship-metadata.ts';

/** Tables and relationships, from wherever they are. */
export interface MetadataSource {
  readonly entities?: Iterable<EntityMetadata>;
  readonly relationships?: Iterable<RelationshipMetadata>;
}

/** Tables and relationships by name. */
export class MetadataBook {
  /** Whether tables and columns that nobody has described are refused. */
  readonly isStrict: boolean;
  readonly #entities = new Map<string, EntityMetadata>();
  readonly #relationships = new Map<string, RelationshipMetadata>();
  readonly #referencing = new Map<string, OneToManyRelationshipMetadata[]>();
  readonly #referenced = new Map<string, OneToManyRelationshipMetadata[]>();
  readonly #intersects = new Map<string, ManyToManyRelationshipMetadata>();

  constructor(isStrict = false) {
    this.isStrict = isStrict;
  }

  /** The names of all tables that are described. */
  get entityNames(): readonly string[] {
    return [...this.#entities.keys()].toSorted();
  }

  get relationships(): Iterable<RelationshipMetadata> {
    return this.#relationships.values();
  }

  /**
   * Describes tables and relationships.
   *
   * @throws TypeError for what is none
   */
  add({ entities, relationships }: MetadataSource): void {
    if (entities) this.addEntities(entities);
    for (const relationship of relationships ?? []) this.addRelationship(relationship);
  }

  /**
   * Describes tables; one that is described already gets the new description.
   *
   * @throws TypeError for one without a name, or one that contradicts itself
   */
  addEntities(entities: Iterable<EntityMetadata>): void {
    if (entities === null || entities === undefined) {
      throw unexpected('entities', 'not null', entities);
    }
    for (const entity of entities) {
      if (!entity?.logicalName) {
        throw new TypeError('An entity metadata record must have a LogicalName property.');
      }
      this.#entities.set(entity.logicalName, completeEntity(entity));
    }
  }

  /** Describes a relationship; one of its name is described anew. */
  addRelationship(relationship: RelationshipMetadata): void {
    this.removeRelationship(relationship.schemaName);
    this.#relationships.set(relationship.schemaName, relationship);
    if (relationship.kind === 'ManyToMany') {
      this.#intersects.set(relationship.intersectEntityName, relationship);
      return;
    }
    listIn(this.#referencing, relationship.referencingEntity).push(relationship);
    listIn(this.#referenced, relationship.referencedEntity).push(relationship);
  }

  /** Tells whether there was one. */
  removeRelationship(schemaName: string): boolean {
    const known = this.#relationships.get(schemaName);
    if (!known) return false;
    this.#relationships.delete(schemaName);
    if (known.kind === 'ManyToMany') this.#intersects.delete(known.intersectEntityName);
    else {
      takeOut(listIn(this.#referencing, known.referencingEntity), known);
      takeOut(listIn(this.#referenced, known.referencedEntity), known);
    }
    return true;
  }

  entity(logicalName: string): EntityMetadata | undefined {
    return this.#entities.get(logicalName);
  }

  /** @throws DataverseFault if the organization is strict and does not know the table */
  checkEntity(logicalName: string): EntityMetadata | undefined {
    const entity = this.#entities.get(logicalName);
    if (entity || !this.isStrict || this.#intersects.has(logicalName)) return entity;
    throw unknownEntity(logicalName);
  }

  /** @throws DataverseFault if the table is not described */
  describedEntity(logicalName: string): EntityMetadata {
    const entity = this.#entities.get(logicalName);
    if (entity) return entity;
    throw unknownEntity(logicalName);
  }

  attribute(logicalName: string, name: string): AttributeMetadata | undefined {
    const attributes = this.#entities.get(logicalName)?.attributes;
    return attributes && Object.hasOwn(attributes, name) ? attributes[name] : undefined;
  }

  relationship(schemaName: string): RelationshipMetadata | undefined {
    return this.#relationships.get(schemaName);
  }

  /** The relationship whose rows are those of a table. */
  intersect(logicalName: string): ManyToManyRelationshipMetadata | undefined {
    return this.#intersects.get(logicalName);
  }

  /** Those by which records of a table refer to others. */
  referencing(logicalName: string): readonly OneToManyRelationshipMetadata[] {
    return this.#referencing.get(logicalName) ?? [];
  }

  /** Those by which others refer to records of a table. */
  referenced(logicalName: string): readonly OneToManyRelationshipMetadata[] {
    return this.#referenced.get(logicalName) ?? [];
  }

  /** The column that has the id of a record. */
  primaryIdOf(logicalName: string): string {
    const entity = this.#entities.get(logicalName);
    if (entity?.primaryIdAttribute) return entity.primaryIdAttribute;
    return entity?.isActivity ? 'activityid' : `${logicalName}id`;
  }

  /** The column that says what a record is called. */
  primaryNameOf(logicalName: string): string | undefined {
    return this.#entities.get(logicalName)?.primaryNameAttribute;
  }
}

function listIn<T>(lists: Map<string, T[]>, name: string): T[] {
  const list = lists.get(name) ?? [];
  lists.set(name, list);
  return list;
}

function takeOut<T>(list: T[], one: T): void {
  const at = list.indexOf(one);
  if (at >= 0) list.splice(at, 1);
}

function unknownEntity(logicalName: string): DataverseFault {
  return new DataverseFault(
    'QueryBuilderNoEntity',
    `The entity with a name = '${logicalName}' was not found in the MetadataCache.`,
  );
}
