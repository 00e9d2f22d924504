/** relatedQuery: the query for the records that belong to one, out of those that a query asks for. */
import { DataverseFault } from '../faults/dataverse-fault.ts';
import type { MetadataBook } from '../metadata/metadata-book.ts';
import type {
  ManyToManyRelationshipMetadata,
  OneToManyRelationshipMetadata,
} from '../metadata/relationship-metadata.ts';
import { EMPTY_GUID, type Guid } from '../records/guid.ts';
import { intersectColumns } from '../relationships/intersect-rows.ts';
import { ConditionExpression, FilterExpression, QueryExpression } from './query-expression.ts';

/** A record to which others belong. */
export interface RelatedTo {
  readonly logicalName: string;
  readonly id: Guid;
  /** What the record refers to by a column, where it is the one that refers. */
  readonly referenced: (column: string) => Guid | undefined;
}

/**
 * The query with one condition more. That of the caller stays as it is.
 *
 * @throws DataverseFault for a relationship that is not known, or is not one of these tables
 */
export function relatedQuery(
  schemaName: string,
  query: QueryExpression,
  { to, metadata }: { readonly to: RelatedTo; readonly metadata: MetadataBook },
): QueryExpression {
  const relationship = metadata.relationship(schemaName);
  if (!relationship) {
    throw invalid(`Relationship ${schemaName} does not exist in the metadata cache`);
  }
  const copy = copyOf(query);
  if (relationship.kind === 'ManyToMany') return tied(copy, relationship, { to, metadata });
  const { referencingEntity, referencedEntity } = relationship;
  if (query.entityName === referencingEntity && to.logicalName === referencedEntity) {
    return where(copy, relationship.referencingAttribute, to.id);
  }
  if (query.entityName === referencedEntity && to.logicalName === referencingEntity) {
    return where(copy, metadata.primaryIdOf(referencedEntity), parentOf(relationship, to));
  }
  throw wrongTables(schemaName, query, to);
}

/** Rather an id that nobody has than all records. */
function parentOf({ referencingAttribute }: OneToManyRelationshipMetadata, to: RelatedTo): Guid {
  return to.referenced(referencingAttribute) ?? EMPTY_GUID;
}

function tied(
  query: QueryExpression,
  relationship: ManyToManyRelationshipMetadata,
  { to, metadata }: { readonly to: RelatedTo; readonly metadata: MetadataBook },
): QueryExpression {
  const { entity1LogicalName: one, entity2LogicalName: two } = relationship;
  const [first, second] = intersectColumns(relationship);
  const isFirst = to.logicalName === one && query.entityName === two;
  if (!isFirst && !(to.logicalName === two && query.entityName === one)) {
    throw wrongTables(relationship.schemaName, query, to);
  }
  const [own, other] = isFirst ? [first, second] : [second, first];
  const primaryId = metadata.primaryIdOf(query.entityName);
  const link = query.addLink(relationship.intersectEntityName, primaryId, other);
  link.linkCriteria.conditions.push(new ConditionExpression(own, 'Equal', to.id));
  return query;
}

function copyOf(query: QueryExpression): QueryExpression {
  const copy = new QueryExpression(query.entityName, query.columnSet);
  copy.linkEntities.push(...query.linkEntities);
  copy.orders.push(...query.orders);
  const { pageInfo, topCount, distinct, ordersByValue, criteria } = query;
  return Object.assign(copy, { pageInfo, topCount, distinct, ordersByValue, criteria });
}

function where(query: QueryExpression, column: string, id: Guid): QueryExpression {
  const filter = new FilterExpression('And');
  filter.conditions.push(new ConditionExpression(column, 'Equal', id));
  filter.filters.push(query.criteria);
  return Object.assign(query, { criteria: filter });
}

function wrongTables(name: string, query: QueryExpression, to: RelatedTo): DataverseFault {
  return invalid(`Relationship ${name} is not one of ${to.logicalName} and ${query.entityName}.`);
}

const invalid = (text: string): DataverseFault => new DataverseFault('InvalidArgument', text);
