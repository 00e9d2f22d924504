/** answerQuery: the records that a query asks for, or what is made of them, page by page. */
import { aggregated } from '../aggregates/aggregated.ts';
import type { OrganizationContext, RequestContext } from '../context/request-context.ts';
import { DataverseFault } from '../faults/dataverse-fault.ts';
import type { Showing } from '../formatting/formatted-value.ts';
import { boundsOf, factsOf, foundPage, plainCookie } from '../paging/found-page.ts';
import { type Entity, EntityCollection } from '../records/entity.ts';
import type { MetadataBook } from '../metadata/metadata-book.ts';
import type { Store } from '../store/store.ts';
import { checkQuery } from './check-query.ts';
import type { DateZone } from './date-zone.ts';
import { givenRecord } from './given-records.ts';
import type { Query } from './query.ts';
import type { QueryEnvironment } from './query-environment.ts';
import { type QueryScope, queryScopeOf } from './query-scope.ts';
import { matchingRows } from './run-query.ts';

/** How many records can be aggregated. */
const MOST_AGGREGATED = 50_000;

/** @throws DataverseFault for a query that makes no sense, PullRequestException for what is not here yet */
export function answerQuery(
  asked: Query,
  ctx: Pick<RequestContext, 'context' | 'caller'>,
): EntityCollection {
  const scope = queryScopeOf(ctx);
  const { maxRetrieveCount } = ctx.context.querySettings;
  const query = maxRetrieveCount === undefined ? asked : atMost(asked, maxRetrieveCount);
  checkQuery(query, scope.metadata);
  const showing = new ScopeShowing(ctx.context, scope);
  if (query.aggregation) return groupsOf(query, scope, showing);
  const { rows, places, facts } = foundPage(query, scope);
  const record = givenRecord(query, places, showing);
  return new EntityCollection(rows.map(record), query.entity, facts);
}

/** The same query for no more than so many records at once. */
function atMost(query: Query, most: number): Query {
  const { top, page } = query;
  if (top !== undefined) return { ...query, top: Math.min(top, most) };
  return {
    ...query,
    page: { ...(page ?? { number: 1 }), size: Math.min(page?.size ?? most, most) },
  };
}

/** Dates are shown in the zone of the user, which is looked for once, and only where there are dates. */
class ScopeShowing implements Showing {
  readonly store: Store;
  readonly metadata: MetadataBook;
  readonly locale: string;
  readonly #environment: QueryEnvironment;

  constructor({ locale }: OrganizationContext, { store, metadata, environment }: QueryScope) {
    this.store = store;
    this.metadata = metadata;
    this.locale = locale;
    this.#environment = environment;
  }

  get zone(): DateZone {
    return this.#environment.zone;
  }
}

function groupsOf(query: Query, scope: QueryScope, showing: Showing): EntityCollection {
  const limit = Math.min(query.aggregation?.limit ?? MOST_AGGREGATED, MOST_AGGREGATED);
  const found = matchingRows(query, scope);
  if (found.rows.length > limit) {
    throw new DataverseFault(
      'AggregateQueryRecordLimit',
      'AggregateQueryRecordLimit exceeded. Cannot perform this operation.',
    );
  }
  const groups: readonly Entity[] = aggregated(query, found, {
    environment: scope.environment,
    showing,
  });
  const page = boundsOf(query);
  const start = (page.number - 1) * page.size;
  const facts = factsOf(query, groups.length);
  return new EntityCollection(groups.slice(start, start + page.size), query.entity, {
    ...facts,
    ...(facts.moreRecords && { pagingCookie: plainCookie(page) }),
  });
}
