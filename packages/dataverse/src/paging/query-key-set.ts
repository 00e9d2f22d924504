/** keySetOf: the order of a query's rows, as cookies have it. */
import { type OrderKey, orderKeys, type OrderScope } from '../query/order-rows.ts';
import type { Link, Query } from '../query/query.ts';
import { type CookieKey, type IdKey, KeySet } from './key-set.ts';

/** The order; `undefined` where it goes by columns of links, for which cookies have no room. */
export function keySetOf(query: Query, scope: OrderScope): KeySet | undefined {
  const keys = orderKeys(query, scope);
  if (keys.some(({ at }) => at !== 0)) return undefined;
  const { metadata, places } = scope;
  const idOf = (link: Link): IdKey[] => {
    const isJoined = link.type !== 'exists' && link.type !== 'in';
    const name = `${link.alias}.${metadata.primaryIdOf(link.entity)}`;
    return [
      ...(isJoined ? [{ name, at: places.of(link) }] : []),
      ...(isJoined ? link.links.flatMap(idOf) : []),
    ];
  };
  const ids = [{ name: metadata.primaryIdOf(query.entity), at: 0 }, ...query.links.flatMap(idOf)];
  return new KeySet(keys.map(cookieKey), ids);
}

/** A name or a label is not the column itself, and is told apart from it. */
function cookieKey({ column, descending, isPlain, scalarOf }: OrderKey): CookieKey {
  return {
    name: isPlain ? column : `${column}name`,
    descending,
    cellOf: (rows) => {
      const cell = rows[0]?.cells[column];
      return cell === undefined || isPlain ? cell : scalarOf(cell);
    },
  };
}
