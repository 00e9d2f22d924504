/** askedQuery: a query of the Web API as the request that asks it says it. */
import type { Query } from '../query/query.ts';
import type { QueryExpression } from '../query/query-expression.ts';
import { toQueryExpression } from '../query/to-query-expression.ts';

/** The expression, which puts choices in the order of their numbers. */
export function askedQuery(query: Query): QueryExpression {
  const expression = toQueryExpression(query);
  expression.ordersByValue = true;
  return expression;
}
