/** The requests that have to do with FetchXML: ExecuteFetch, FetchXmlToQueryExpression and QueryExpressionToFetchXml, with their responses. */
import type { QueryExpression } from '../query/query-expression.ts';
import { OrganizationRequest, OrganizationResponse } from './organization-request.ts';
import type { QueryBase } from './retrieve-multiple-request.ts';

/** Asks for records by FetchXML; the answer is XML, too. */
export class ExecuteFetchRequest extends OrganizationRequest<ExecuteFetchResponse> {
  constructor({ fetchXml }: { readonly fetchXml: string }) {
    super('ExecuteFetch', { FetchXml: fetchXml });
  }

  get fetchXml(): string {
    return this.parameters['FetchXml'] as string;
  }
}

/** The records as XML. */
export class ExecuteFetchResponse extends OrganizationResponse {
  constructor(fetchXmlResult: string) {
    super('ExecuteFetch', { FetchXmlResult: fetchXmlResult });
  }

  get fetchXmlResult(): string {
    return this.results['FetchXmlResult'] as string;
  }
}

/** Asks for a query in FetchXML as a QueryExpression. */
export class FetchXmlToQueryExpressionRequest extends OrganizationRequest<FetchXmlToQueryExpressionResponse> {
  constructor({ fetchXml }: { readonly fetchXml: string }) {
    super('FetchXmlToQueryExpression', { FetchXml: fetchXml });
  }

  get fetchXml(): string {
    return this.parameters['FetchXml'] as string;
  }
}

/** The query. */
export class FetchXmlToQueryExpressionResponse extends OrganizationResponse {
  constructor(query: QueryExpression) {
    super('FetchXmlToQueryExpression', { Query: query });
  }

  get query(): QueryExpression {
    return this.results['Query'] as QueryExpression;
  }
}

/** Asks for a query as FetchXML. */
export class QueryExpressionToFetchXmlRequest extends OrganizationRequest<QueryExpressionToFetchXmlResponse> {
  constructor({ query }: { readonly query: QueryBase }) {
    super('QueryExpressionToFetchXml', { Query: query });
  }

  get query(): QueryBase {
    return this.parameters['Query'] as QueryBase;
  }
}

/** The query in FetchXML. */
export class QueryExpressionToFetchXmlResponse extends OrganizationResponse {
  constructor(fetchXml: string) {
    super('QueryExpressionToFetchXml', { FetchXml: fetchXml });
  }

  get fetchXml(): string {
    return this.results['FetchXml'] as string;
  }
}
