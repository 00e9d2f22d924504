/** explainQuery: how a query would be run, for those who wonder why it takes its time. */
import type { Caller } from '../context/caller.ts';
import type { OrganizationContext } from '../context/request-context.ts';
import { queryAsked } from '../fetch-xml/query-asked.ts';
import { checkQuery } from '../query/check-query.ts';
import { queryScopeOf } from '../query/query-scope.ts';
import { planFor } from '../query/run-query.ts';
import type { QueryBase } from '../requests/retrieve-multiple-request.ts';
import { type Explanation, explainPlan } from './explanation.ts';

/** An organization, and who calls. */
export type ExplainedContext = OrganizationContext & {
  readonly callerProperties: { readonly current: Caller };
};

/**
 * How a query would be run now. Nothing is made for it, no index either.
 *
 * @throws DataverseFault for a query that makes no sense
 * @example
 * explainQuery(context, query).steps; // ['account: by hash index of name, about 1 of 100000 rows', …]
 */
export function explainQuery(context: ExplainedContext, query: QueryBase): Explanation {
  const scope = queryScopeOf({ context, caller: context.callerProperties.current });
  const asked = queryAsked(query, 'RetrieveMultiple');
  checkQuery(asked, scope.metadata);
  return explainPlan(planFor(asked, scope, false));
}
