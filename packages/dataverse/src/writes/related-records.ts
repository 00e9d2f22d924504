/** createWithRelated: creates a record with those that come along with it, all of them or none. */
import type { Awaitable } from '@interpose/kernel';
import type { RequestContext } from '../context/request-context.ts';
import { DataverseFault } from '../faults/dataverse-fault.ts';
import type { RelationshipMetadata } from '../metadata/relationship-metadata.ts';
import { andThen } from '../pipeline/and-then.ts';
import { inTurn } from '../pipeline/in-turn.ts';
import { type Attributes, Entity, type EntityCollection } from '../records/entity.ts';
import { EntityReference } from '../records/entity-reference.ts';
import { CreateRequest, type CreateResponse } from '../requests/crud-requests.ts';
import { AssociateRequest } from '../requests/relationship-requests.ts';
import { createRecord } from './create-record.ts';
import { checkTarget } from './given-cells.ts';

/** Records that come along, by what they belong to the one that they come with. */
interface Along {
  readonly relationship: RelationshipMetadata;
  readonly records: readonly Entity[];
}

/**
 * Creates a record, and with it what is in its related entities, each by a request of its own. Gives the id of the record.
 *
 * @throws DataverseFault for the first of them that cannot be created; then none is
 */
export function createWithRelated(given: unknown, ctx: RequestContext): Awaitable<string> {
  const target = checkTarget(given);
  if (!target.relatedEntities.size) return createRecord(target, ctx);
  const along = [...target.relatedEntities].map(([name, records]) => alongOf(name, records, ctx));
  return ctx.transact((inside) => {
    const whole = entityLike(target);
    const parents = along.filter(({ relationship }) => isOfParent(relationship, target));
    const others = along.filter(({ relationship }) => !isOfParent(relationship, target));
    const first = inTurn(parents, (one) => andThen(addParent(whole, one, inside), goOn));
    return andThen(first, () => {
      const id = createRecord(whole, inside);
      const reference = new EntityReference(target.logicalName, id);
      const rest = inTurn(others, (one) => andThen(addChildren(reference, one, inside), goOn));
      return andThen(rest, () => id);
    });
  });
}

const goOn = (): 'go on' => 'go on';

function alongOf(name: string, collection: EntityCollection, { context }: RequestContext): Along {
  const relationship = context.metadata.relationship(name);
  if (!relationship) {
    throw new DataverseFault(
      'InvalidArgument',
      `Relationship ${name} does not exist in the metadata cache`,
    );
  }
  return { relationship, records: Array.from(collection, checkTarget) };
}

/** Whether those that come along are what the record refers to. Between records of one table they refer to it. */
function isOfParent(relationship: RelationshipMetadata, { logicalName }: Entity): boolean {
  return (
    relationship.kind === 'OneToMany' &&
    relationship.referencingEntity === logicalName &&
    relationship.referencedEntity !== logicalName
  );
}

/** A record of one's own with the attributes of another, and without those that come along. */
function entityLike(entity: Entity, more: Attributes = {}): Entity {
  const like = new Entity(entity.logicalName, entity.id, { ...entity.attributes, ...more });
  like.keyAttributes = entity.keyAttributes;
  return like;
}

function addParent(
  child: Entity,
  { relationship, records }: Along,
  ctx: RequestContext,
): Awaitable<void> {
  const [parent] = records;
  if (!parent || relationship.kind !== 'OneToMany') return;
  if (records.length > 1) {
    throw new DataverseFault(
      'InvalidArgument',
      `A record of ${child.logicalName} refers to one record by ${relationship.schemaName}, not to ${records.length}.`,
    );
  }
  checkTable(parent, relationship.referencedEntity, relationship);
  return andThen(ctx.execute(new CreateRequest({ target: parent })), (response) => {
    const { id } = response as CreateResponse;
    child.set(relationship.referencingAttribute, new EntityReference(parent.logicalName, id));
  });
}

function addChildren(
  parent: EntityReference,
  { relationship, records }: Along,
  ctx: RequestContext,
): Awaitable<void> {
  return inTurn(records, (record) => {
    if (relationship.kind === 'OneToMany') {
      checkTable(record, relationship.referencingEntity, relationship);
      const child = entityLike(record, { [relationship.referencingAttribute]: parent });
      for (const [name, inner] of record.relatedEntities) child.relatedEntities.set(name, inner);
      return andThen(ctx.execute(new CreateRequest({ target: child })), goOn);
    }
    return andThen(ctx.execute(new CreateRequest({ target: record })), (response) => {
      const { id } = response as CreateResponse;
      const related = new EntityReference(record.logicalName, id);
      const parts = {
        target: parent,
        relationship: relationship.schemaName,
        relatedEntities: [related],
      };
      return andThen(ctx.execute(new AssociateRequest(parts)), goOn);
    });
  });
}

function checkTable(
  { logicalName }: Entity,
  wanted: string,
  { schemaName }: RelationshipMetadata,
): void {
  if (logicalName === wanted) return;
  throw new DataverseFault(
    'InvalidArgument',
    `Relationship ${schemaName} is one of ${wanted}, not of ${logicalName}.`,
  );
}
