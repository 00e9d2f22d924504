/** queryAsked: what a query of any kind asks, as a query. */
import { DataverseFault } from '../faults/dataverse-fault.ts';
import { PullRequestException } from '../faults/pull-request-exception.ts';
import type { Query } from '../query/query.ts';
import { QueryByAttribute, QueryExpression } from '../query/query-expression.ts';
import { understood } from '../query/understood.ts';
import { FetchExpression } from './fetch-expression.ts';
import { readFetchXml } from './read-fetch.ts';

/** @throws DataverseFault for no query and one that makes no sense, PullRequestException for one of another kind */
export function queryAsked(query: unknown, requestName: string): Query {
  if (query === undefined || query === null) {
    throw new DataverseFault('InvalidArgument', "Required field 'Query' is missing");
  }
  if (query instanceof FetchExpression) return readFetchXml(query.query);
  if (query instanceof QueryExpression || query instanceof QueryByAttribute) {
    return understood(query);
  }
  throw PullRequestException.forFeature(requestName, 'this kind of query');
}
