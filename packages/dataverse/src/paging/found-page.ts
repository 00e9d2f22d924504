/** foundPage: the rows of the page that a query asks for, and what is known of it. */
import type { Joined } from '../query/compiled-filter.ts';
import { distinctRows } from '../query/distinct-rows.ts';
import { inOrder, orderKeys } from '../query/order-rows.ts';
import type { Places } from '../query/places.ts';
import type { Page, Query } from '../query/query.ts';
import type { QueryScope } from '../query/query-scope.ts';
import { matchingRows, runQuery } from '../query/run-query.ts';
import type { PageFacts } from '../records/entity.ts';
import { MOST_ON_PAGE } from './page-size.ts';
import { writeCookie } from './paging-cookie.ts';
import { keySetOf } from './query-key-set.ts';

/** A number that no query reaches. */
const ALL = Number.MAX_SAFE_INTEGER;

/** A page. */
export interface FoundPage {
  readonly rows: readonly Joined[];
  readonly places: Places;
  readonly facts: PageFacts;
}

/** @throws DataverseFault for a query that makes no sense */
export function foundPage(query: Query, scope: QueryScope): FoundPage {
  if (query.distinct) return distinctPage(query, scope);
  if (query.page?.cookie === undefined) return pageByNumber(query, scope);
  return pageBehind(query, scope) ?? pageAmongAll(query, scope);
}

/** The page that is wanted; the first few are one, too. */
export function boundsOf({ top, page }: Query): Page {
  if (top !== undefined) return { number: 1, size: Math.min(top, MOST_ON_PAGE) };
  return page ?? { number: 1, size: MOST_ON_PAGE };
}

/** What is known where so many were found. */
export function factsOf(query: Query, count: number): PageFacts {
  const { number, size } = boundsOf(query);
  return {
    moreRecords: query.top === undefined && count > number * size,
    ...(query.counts && countOf(count)),
  };
}

function countOf(count: number): PageFacts {
  return {
    totalRecordCount: Math.min(count, MOST_ON_PAGE),
    totalRecordCountLimitExceeded: count > MOST_ON_PAGE,
  };
}

/** The cookie of what has no ids to go by: the number of the page is all that it says. */
export const plainCookie = ({ number }: Page): string =>
  writeCookie({ page: number, columns: new Map() });

function pageByNumber(query: Query, scope: QueryScope): FoundPage {
  const bounds = boundsOf(query);
  const wanted = query.top === undefined ? { page: bounds } : { top: bounds.size, page: undefined };
  const { rows, places, moreRecords, total, totalIsExceeded } = runQuery(
    { ...query, ...wanted },
    scope,
  );
  const keys = moreRecords ? keySetOf(query, { ...scope, places }) : undefined;
  return {
    rows,
    places,
    facts: {
      moreRecords,
      ...(keys && { pagingCookie: keys.cookieOf(bounds.number, rows) }),
      totalRecordCount: total,
      totalRecordCountLimitExceeded: totalIsExceeded,
    },
  };
}

function distinctPage(query: Query, scope: QueryScope): FoundPage {
  const found = runQuery({ ...query, top: ALL, page: undefined, counts: false }, scope);
  const all = distinctRows(query, found);
  const page = boundsOf(query);
  const start = (page.number - 1) * page.size;
  const facts = factsOf(query, all.length);
  return {
    rows: all.slice(start, start + page.size),
    places: found.places,
    facts: { ...facts, ...(facts.moreRecords && { pagingCookie: plainCookie(page) }) },
  };
}

/** A page behind the one of a cookie: what stands before it need not be put in order. */
function pageBehind(query: Query, scope: QueryScope): FoundPage | undefined {
  const { rows: all, places } = matchingRows(query, scope);
  const orderScope = { ...scope, places };
  const keys = keySetOf(query, orderScope);
  const page = boundsOf(query);
  const behind = keys?.behind(all, page);
  if (!keys || !behind) return undefined;
  const start = behind.pages * page.size;
  const end = start + page.size;
  const rows = inOrder(behind.rows, orderKeys(query, orderScope), end).slice(start);
  const moreRecords = behind.rows.length > end;
  return {
    rows,
    places,
    facts: {
      moreRecords,
      ...(moreRecords && { pagingCookie: keys.cookieOf(page.number, rows) }),
      ...(query.counts && countOf(all.length)),
    },
  };
}

function pageAmongAll(query: Query, scope: QueryScope): FoundPage {
  const { rows: all, places } = runQuery(
    { ...query, top: ALL, page: undefined, counts: false },
    scope,
  );
  const keys = keySetOf(query, { ...scope, places });
  const page = boundsOf(query);
  const start = keys ? keys.startOf(all, page) : (page.number - 1) * page.size;
  const rows = all.slice(start, start + page.size);
  const moreRecords = query.top === undefined && all.length > start + page.size;
  return {
    rows,
    places,
    facts: {
      moreRecords,
      ...(moreRecords && keys && { pagingCookie: keys.cookieOf(page.number, rows) }),
      ...(query.counts && countOf(all.length)),
    },
  };
}
