/** readFetchXml: the query that a text in FetchXML asks. */
import { DataverseFault } from '../faults/dataverse-fault.ts';
import { LinkAliases } from '../query/link-aliases.ts';
import { MOST_ON_PAGE } from '../paging/page-size.ts';
import type { Aggregation, Page, Query } from '../query/query.ts';
import { FetchElement } from './fetch-element.ts';
import { type FetchScope, linksIn, readTable } from './read-table.ts';
import { lineAndColumn, type XmlElement, XmlError, xmlTree } from './xml-tree.ts';

/** How long a text may be; the service takes far less by any way that leads to it. */
const MOST_CHARACTERS = 5_000_000;

/**
 * The query.
 *
 * @throws DataverseFault that says what is wrong with the text, and in which line and column
 */
export function readFetchXml(source: string): Query {
  const root = rootOf(source);
  if (root.name !== 'fetch') {
    throw new DataverseFault(
      'InvalidArgument',
      `Root node must be fetch (${lineAndColumn(source, root.offset)})`,
    );
  }
  return queryOf(new FetchElement(root, source));
}

function rootOf(source: unknown): XmlElement {
  if (typeof source !== 'string') {
    throw new DataverseFault('InvalidArgument', 'FetchXml must be a valid XML document: no text');
  }
  if (source.length > MOST_CHARACTERS) {
    throw new DataverseFault(
      'InvalidArgument',
      `FetchXml must have no more than ${MOST_CHARACTERS} characters, and this has ${source.length}`,
    );
  }
  try {
    return xmlTree(source);
  } catch (error) {
    if (!(error instanceof XmlError)) throw error;
    const where = lineAndColumn(source, error.offset);
    throw new DataverseFault(
      'InvalidArgument',
      `FetchXml must be a valid XML document: ${error.message} (${where})`,
      { cause: error },
    );
  }
}

function queryOf(fetch: FetchElement): Query {
  const [entity, second] = fetch.all('entity');
  if (!entity) throw fetch.fault('At least some node is not valid: <fetch> without <entity>');
  if (second) throw second.fault('At least some node is not valid: a second <entity> in <fetch>');
  const given = linksIn(entity).flatMap((link) => link.read('alias') ?? []);
  const isAggregate = fetch.yesOrNo('aggregate') ?? false;
  const scope: FetchScope = {
    isAggregate,
    names: new LinkAliases(given),
    groupOrders: [],
    aliases: new Map(),
  };
  const top = fetch.whole('top', 0);
  const page = pageOf(fetch);
  if (top !== undefined && page) {
    throw fetch.fault('Top attribute in fetch node cannot stand beside page and count', 'top');
  }
  const { name, selection, filter, links, orders } = readTable(entity, scope);
  const aggregation = aggregationOf(fetch, scope);
  return {
    entity: name,
    selection,
    filter,
    links,
    orders,
    distinct: fetch.yesOrNo('distinct') ?? false,
    top,
    page,
    counts: fetch.yesOrNo('returntotalrecordcount') ?? false,
    ...(aggregation && { aggregation }),
    ...(fetch.yesOrNo('useraworderby') && { ordersByValue: true }),
  };
}

function pageOf(fetch: FetchElement): Page | undefined {
  const count = fetch.whole('count', 0);
  const number = fetch.whole('page', 1);
  const cookie = fetch.read('paging-cookie');
  if (count === undefined && number === undefined && cookie === undefined) return undefined;
  const size = count ? Math.min(count, MOST_ON_PAGE) : MOST_ON_PAGE;
  return { number: number ?? 1, size, ...(cookie !== undefined && { cookie }) };
}

function aggregationOf(fetch: FetchElement, scope: FetchScope): Aggregation | undefined {
  const limit = fetch.whole('aggregatelimit', 1);
  if (!scope.isAggregate) return undefined;
  for (const { of, fault } of scope.groupOrders) {
    if (!scope.aliases.has(of)) throw fault(`No attribute has the alias '${of}'`);
  }
  const orders = scope.groupOrders.map(({ of, descending }) => ({ of, descending }));
  return { ...(limit !== undefined && { limit }), orders };
}
