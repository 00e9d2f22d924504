/** runQuery: finds the rows that a query asks for, joined with those of its links, in their order and page by page. */
import { QueryPlan } from '../planner/query-plan.ts';
import type { Joined } from './compiled-filter.ts';
import type { Places } from './places.ts';
import type { Query } from './query.ts';
import type { QueryScope } from './query-scope.ts';

/** What was found. */
export interface Found {
  readonly places: Places;
  readonly rows: readonly Joined[];
  readonly moreRecords: boolean;
  /** On all pages; -1 if nobody asked. */
  readonly total: number;
  /** Whether there are more than can be counted. */
  readonly totalIsExceeded: boolean;
}

/** How many of all that there are can be counted, and how many come at once. */
const MOST_COUNTED = 5000;

/** Which of the rows a query wants. */
interface Wanted {
  readonly from: number;
  readonly size: number;
}

function wantedBy({ top, page }: Query): Wanted {
  const size = page?.size ?? top ?? MOST_COUNTED;
  return { size, from: page ? (page.number - 1) * size : 0 };
}

/**
 * How a query is run. `makes` says whether indexes are made that are asked for often.
 *
 * @throws DataverseFault for a query that makes no sense, PullRequestException for what is not here yet
 */
export function planFor(query: Query, scope: QueryScope, makes = true): QueryPlan {
  const { from, size } = wantedBy(query);
  // One more tells whether there is another page.
  const most = from + size + (query.top === undefined ? 1 : 0);
  // Groups have an order of their own.
  const sorts = query.aggregation === undefined;
  return new QueryPlan(query, scope, { most, sorts, makes, counts: query.counts });
}

/** @throws DataverseFault for a query that makes no sense, PullRequestException for what is not here yet */
export function runQuery(query: Query, scope: QueryScope): Found {
  const { top } = query;
  const { from, size } = wantedBy(query);
  const plan = planFor(query, scope);
  const { rows, count = -1 } = plan.found();
  return {
    places: plan.places,
    rows: from > 0 || rows.length > size ? rows.slice(from, from + size) : rows,
    moreRecords: top === undefined && rows.length > from + size,
    total: Math.min(count, MOST_COUNTED),
    totalIsExceeded: count > MOST_COUNTED,
  };
}

/** All rows that fit, in any order, for those who make something else of them. */
export function matchingRows(query: Query, scope: QueryScope): Pick<Found, 'places' | 'rows'> {
  const plan = new QueryPlan(query, scope, { sorts: false });
  return { places: plan.places, rows: plan.found().rows };
}
