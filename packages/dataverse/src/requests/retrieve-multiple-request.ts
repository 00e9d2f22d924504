/** RetrieveMultipleRequest and its response. */
import type { FetchExpression } from '../fetch-xml/fetch-expression.ts';
import type { QueryByAttribute, QueryExpression } from '../query/query-expression.ts';
import type { EntityCollection } from '../records/entity.ts';
import { OrganizationRequest, OrganizationResponse } from './organization-request.ts';

/** What can be asked with it. */
export type QueryBase = QueryExpression | QueryByAttribute | FetchExpression;

/** Asks for records. */
export class RetrieveMultipleRequest extends OrganizationRequest<RetrieveMultipleResponse> {
  constructor({ query }: { readonly query: QueryBase }) {
    super('RetrieveMultiple', { Query: query });
  }

  get query(): QueryBase {
    return this.parameters['Query'] as QueryBase;
  }
}

/** The records that were found. */
export class RetrieveMultipleResponse extends OrganizationResponse {
  constructor(entityCollection: EntityCollection) {
    super('RetrieveMultiple', { EntityCollection: entityCollection });
  }

  get entityCollection(): EntityCollection {
    return this.results['EntityCollection'] as EntityCollection;
  }
}
