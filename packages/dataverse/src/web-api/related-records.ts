/** relatedTo: the records that belong to others, all of them in as few requests as there are pages. */
import type { Expansion } from '../odata/expansion.ts';
import type { AcrossNavigation } from '../odata/navigation.ts';
import { selectionOf } from '../odata/odata-query.ts';
import type { Filter, Page, Query } from '../query/query.ts';
import type { Entity } from '../records/entity.ts';
import type { Guid } from '../records/guid.ts';
import { askedQuery } from './asked-query.ts';
import type { Connection } from './connection.ts';
import { type JsonRecord, recordJson } from './record-json.ts';

/** A record, and what is written of it. */
export interface WrittenRecord {
  readonly entity: Entity;
  readonly json: JsonRecord;
}

const PAGE_SIZE = 5000;

/** The records whose column has one of the ids, in the order that is asked for. */
export async function relatedTo(
  ids: ReadonlySet<Guid>,
  {
    column,
    expansion,
    client,
  }: {
    readonly column: string;
    readonly expansion: Expansion;
    readonly client: Connection;
  },
): Promise<readonly WrittenRecord[]> {
  if (ids.size === 0) return [];
  const { navigation, properties, filter, orders, links, expansions } = expansion;
  const { context } = client;
  const entity = navigation.target;
  const { all, columns } = selectionOf(expansion, expansions, { entity, tables: context });
  const own = among(column, ids);
  const query: Query = {
    ...plain(entity),
    selection: {
      all,
      columns: all ? [] : [...columns.filter((one) => one.column !== column), { column }],
    },
    filter: filter ? { kind: 'and', parts: [own, filter] } : own,
    orders,
    links,
  };
  const found = await allOf(query, client);
  return found.map((record) => ({
    entity: record,
    json: recordJson(record, { tables: context, properties }),
  }));
}

async function allOf(query: Query, { service }: Connection): Promise<readonly Entity[]> {
  const all: Entity[] = [];
  for (let number = 1; ; number++) {
    const page: Page = { number, size: PAGE_SIZE };
    // Each page says whether there is another one.
    const found = await service.retrieveMultiple(askedQuery({ ...query, page }));
    all.push(...found.entities);
    if (!found.moreRecords) return all;
  }
}

function plain(entity: string): Query {
  return {
    entity,
    selection: { all: false, columns: [] },
    filter: undefined,
    links: [],
    orders: [],
    distinct: false,
    top: undefined,
    page: undefined,
    counts: false,
    ordersByValue: true,
  };
}

function among(column: string, ids: ReadonlySet<Guid>): Filter {
  return { kind: 'and', parts: [{ kind: 'condition', column, operator: 'In', values: [...ids] }] };
}

/** The rows of a third table that belong to records of one of the two between which it stands. */
export function pairsOf(
  { intersect, ownColumn, targetColumn }: AcrossNavigation,
  ids: ReadonlySet<Guid>,
  client: Connection,
): Promise<readonly Entity[]> {
  const columns = [{ column: ownColumn }, { column: targetColumn }];
  const selection = { all: false, columns };
  return allOf({ ...plain(intersect), selection, filter: among(ownColumn, ids) }, client);
}
