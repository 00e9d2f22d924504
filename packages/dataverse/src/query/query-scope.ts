/** QueryScope: on what a query runs, and for whom. */
import type { RequestContext } from '../context/request-context.ts';
import type { MetadataBook } from '../metadata/metadata-book.ts';
import type { Store } from '../store/store.ts';
import type { ConditionRules } from './condition-rules.ts';
import { QueryEnvironment } from './query-environment.ts';
import { STANDARD_RULES } from './standard-conditions.ts';

/** What queries run on. */
export interface QueryScope {
  readonly store: Store;
  readonly metadata: MetadataBook;
  readonly rules: ConditionRules;
  readonly environment: QueryEnvironment;
}

/** The scope of the queries of one request. */
export function queryScopeOf({
  context,
  caller,
}: Pick<RequestContext, 'context' | 'caller'>): QueryScope {
  const { store, metadata } = context;
  return {
    store,
    metadata,
    rules: STANDARD_RULES,
    environment: new QueryEnvironment(context, caller),
  };
}
