/** NavigationLinks: makes the links by which filters follow navigation properties. */
import type { Filter, Link } from '../query/query.ts';
import type { Navigation } from './navigation.ts';
import type { Tables } from './table-scope.ts';

/** Makes links, each with an alias that no other has. */
export class NavigationLinks {
  readonly #tables: Tables;
  #count = 0;

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  /** The link from a table to where a property leads, with what must hold there. */
  link(navigation: Navigation, table: string, filter: Filter | undefined): Link {
    const { metadata } = this.#tables;
    const { target } = navigation;
    const base = {
      alias: `path${++this.#count}`,
      type: 'inner',
      selection: { all: false, columns: [] },
      links: [],
      orders: [],
    } as const;
    const targetId = metadata.primaryIdOf(target);
    const ownId = metadata.primaryIdOf(table);
    if (navigation.kind === 'lookup') {
      return { ...base, entity: target, from: targetId, to: navigation.column, filter };
    }
    if (navigation.kind === 'list') {
      return { ...base, entity: target, from: navigation.column, to: ownId, filter };
    }
    const { intersect, ownColumn, targetColumn } = navigation;
    const alias = `path${++this.#count}`;
    const last: Link = { ...base, alias, entity: target, from: targetId, to: targetColumn, filter };
    return {
      ...base,
      entity: intersect,
      from: ownColumn,
      to: ownId,
      filter: undefined,
      links: [last],
    };
  }
}
