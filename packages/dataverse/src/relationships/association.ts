/** association: what a request says of records that belong to each other, checked and put in the terms of the relationship. */
import type { RequestContext } from '../context/request-context.ts';
import { DataverseFault } from '../faults/dataverse-fault.ts';
import type {
  ManyToManyRelationshipMetadata,
  OneToManyRelationshipMetadata,
  RelationshipMetadata,
} from '../metadata/relationship-metadata.ts';
import { EntityReference } from '../records/entity-reference.ts';
import { Relationship } from '../requests/relationship-requests.ts';
import { rowFor } from '../store/stored-record.ts';

/** What both requests say. */
export interface Asked {
  readonly target: EntityReference;
  readonly relationship: Relationship;
  readonly relatedEntities: readonly EntityReference[];
}

/** One record that refers to another. */
export interface Reference {
  readonly kind: 'OneToMany';
  readonly relationship: OneToManyRelationshipMetadata;
  readonly referencing: EntityReference;
  readonly referenced: EntityReference;
}

/** Two records that belong to each other. */
export interface Pair {
  readonly kind: 'ManyToMany';
  readonly relationship: ManyToManyRelationshipMetadata;
  readonly one: EntityReference;
  readonly other: EntityReference;
}

/**
 * What is to be tied, or untied, one by one. `what` is how the service calls it.
 *
 * @throws DataverseFault if it cannot be: without a target, by a relationship that is not known or is of other tables
 */
export function tiesOf(
  asked: Asked,
  { context }: RequestContext,
  what: 'Association' | 'Disassociation',
): readonly (Reference | Pair)[] {
  const { target, relationship, relatedEntities } = asked;
  if (!(target instanceof EntityReference)) throw invalid(`${what} without target is invalid!`);
  if (!(relationship instanceof Relationship)) throw invalid(`${what} needs a relationship.`);
  if (
    !Array.isArray(relatedEntities) ||
    relatedEntities.some((related) => !(related instanceof EntityReference))
  ) {
    throw invalid(`${what} needs a list of references as RelatedEntities.`);
  }
  const known = context.metadata.relationship(relationship.schemaName);
  if (!known) {
    throw invalid(`Relationship ${relationship.schemaName} does not exist in the metadata cache`);
  }
  const own = withId(target, context.store);
  const isFirst = firstOf(known, target.logicalName, relationship);
  return relatedEntities.map((related) => {
    const [one, other] = isFirst ? [own, related] : [related, own];
    const [first, second] = endsOf(known);
    if (one.logicalName !== first || other.logicalName !== second) {
      throw invalid(
        `Relationship ${relationship.schemaName} is one of ${first} and ${second}, not of ${target.logicalName} and ${related.logicalName}.`,
      );
    }
    return known.kind === 'ManyToMany'
      ? { kind: known.kind, relationship: known, one, other }
      : { kind: known.kind, relationship: known, referenced: one, referencing: other };
  });
}

/** The reference with the id of the record that it means. */
export function withId(
  reference: EntityReference,
  store: RequestContext['context']['store'],
): EntityReference {
  if (!reference.keyAttributes) return reference;
  return new EntityReference(reference.logicalName, rowFor(store, reference).id);
}

/** Whether the target is the first end: the one that is referred to, or the first of many. */
function firstOf(
  known: RelationshipMetadata,
  table: string,
  { primaryEntityRole }: Relationship,
): boolean {
  const [first, second] = endsOf(known);
  if (first !== second) return table === first;
  return known.kind === 'ManyToMany'
    ? primaryEntityRole !== 'Referenced'
    : primaryEntityRole !== 'Referencing';
}

function endsOf(known: RelationshipMetadata): readonly [string, string] {
  return known.kind === 'ManyToMany'
    ? [known.entity1LogicalName, known.entity2LogicalName]
    : [known.referencedEntity, known.referencingEntity];
}

const invalid = (text: string): DataverseFault => new DataverseFault('InvalidArgument', text);
