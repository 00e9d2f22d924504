/** fetchedPage: what a client finds by FetchXML, as the Web API writes it. */
import { FetchExpression } from '../fetch-xml/fetch-expression.ts';
import { badQuery } from '../odata/odata-fault.ts';
import { skipTokenOf } from '../odata/odata-query.ts';
import type { QueryOptions } from '../odata/query-options.ts';
import type { Connection } from './connection.ts';
import { type JsonRecord, recordJson } from './record-json.ts';

/** Records, and where the next ones are. */
export interface RecordPage {
  readonly entities: JsonRecord[];
  readonly nextLink: string | undefined;
  readonly count: number | undefined;
  readonly fetchXmlPagingCookie: string | undefined;
}

/** What is asked. */
export interface FetchedTable {
  readonly entityType: string;
  readonly asked: QueryOptions;
  /** @default what the query says */
  readonly maxPageSize: number | undefined;
}

/** @throws DataverseFault for a query that makes no sense, or one of another table */
export async function fetchedPage(
  { service, context }: Connection,
  { entityType, asked: { options }, maxPageSize }: FetchedTable,
): Promise<RecordPage> {
  if (options.size > 1) throw badQuery('Query options cannot be combined with fetchXml.');
  const text = options.get('fetchXml') ?? '';
  const fetchXml = maxPageSize === undefined ? text : withCount(text, maxPageSize);
  const found = await service.retrieveMultiple(new FetchExpression(fetchXml));
  if (found.entityName !== entityType) {
    throw badQuery(`The table of the query, '${found.entityName}', is not '${entityType}'.`);
  }
  const page = Number(/<fetch\b[^>]*\bpage=["'](\d+)["']/.exec(text)?.[1] ?? '1');
  return {
    entities: found.entities.map((entity) =>
      recordJson(entity, { tables: context, omitsEmpty: true }),
    ),
    nextLink: undefined,
    count: found.totalRecordCount < 0 ? undefined : found.totalRecordCount,
    fetchXmlPagingCookie: found.moreRecords ? skipTokenOf(page + 1, found.pagingCookie) : undefined,
  };
}

/** The size of a page that the client asks for holds where the query names none. */
function withCount(text: string, size: number): string {
  const [fetch = ''] = /<fetch\b[^>]*/.exec(text) ?? [];
  if (fetch === '' || /\s(?:count|top)\s*=/.test(fetch)) return text;
  const closed = fetch.endsWith('/') ? fetch.length - 1 : fetch.length;
  const at = text.indexOf(fetch) + closed;
  return `${text.slice(0, at)} count="${size}"${text.slice(at)}`;
}
