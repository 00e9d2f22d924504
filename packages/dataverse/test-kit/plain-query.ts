/** plainQuery: what a query finds, by going through all rows for each link: the slow way that every plan must agree with. */
import type { Joined } from '../src/query/compiled-filter.ts';
import { compareCells } from '../src/query/compare-cells.ts';
import { type ConditionPlace, testOf } from '../src/query/condition-rules.ts';
import { readValues } from '../src/query/condition-values.ts';
import { orderKeys } from '../src/query/order-rows.ts';
import { Places } from '../src/query/places.ts';
import type { Condition, FilterPart, Link, LinkTest, Query } from '../src/query/query.ts';
import type { QueryScope } from '../src/query/query-scope.ts';
import { type Cell, compareScalars, keyOf } from '../src/store/cell.ts';
import type { Row } from '../src/store/row.ts';

/** The rows of a query, in order: all that there are. */
export function plainQuery(query: Query, scope: QueryScope): readonly Joined[] {
  const places = new Places(query);
  const plain = new Plain(places, scope);
  const all: Joined[] = [];
  for (const row of scope.store.table(query.entity).rows()) {
    const start: (Row | undefined)[] = Array.from({ length: places.size });
    start[0] = row;
    for (const joined of plain.joined(start, query.links, 0)) {
      if (!query.filter || plain.fits(query.filter, joined, 0)) all.push(joined);
    }
  }
  const keys = orderKeys(query, { ...scope, places });
  return all.sort((one, other) => {
    for (const { at, column, descending, scalarOf } of keys) {
      const [a, b] = [one, other].map((rows) => {
        const cell = rows[at]?.cells[column];
        return cell === undefined ? undefined : scalarOf(cell);
      });
      const order =
        a === undefined || b === undefined
          ? Number(a !== undefined) - Number(b !== undefined)
          : compareScalars(a, b);
      if (order) return descending ? -order : order;
    }
    const [a, b] = [one, other].map((rows) => rows.map((row) => row?.id ?? '').join());
    return (a as string) < (b as string) ? -1 : 1;
  });
}

class Plain {
  readonly #places: Places;
  readonly #scope: QueryScope;

  constructor(places: Places, scope: QueryScope) {
    this.#places = places;
    this.#scope = scope;
  }

  /** All ways in which the links can be joined to rows. */
  joined(rows: Joined, links: readonly Link[], parent: number): Joined[] {
    return links.reduce<Joined[]>(
      (all, link) => all.flatMap((one) => this.#joinedTo(one, link, parent)),
      [rows],
    );
  }

  #joinedTo(rows: Joined, link: Link, parent: number): Joined[] {
    const at = this.#places.of(link);
    const cell = rows[parent]?.cells[link.to];
    const key = cell === undefined ? undefined : keyOf(cell);
    const matches: Joined[][] = [];
    const all = [...this.#scope.store.table(link.entity).rows()];
    for (const row of all.sort((one, other) => (one.id < other.id ? -1 : 1))) {
      const own = row.cells[link.from];
      if (key === undefined || own === undefined || keyOf(own) !== key) continue;
      const one = rows.with(at, row);
      if (link.filter && !this.fits(link.filter, one, at)) continue;
      const further = this.joined(one, link.links, at);
      if (further.length) matches.push(further);
    }
    if (link.type === 'outer') return matches.length ? matches.flat() : [rows];
    if (link.type === 'inner') return matches.flat();
    if (link.type === 'matchfirstrow') return matches[0] ?? [];
    return matches.length ? [rows] : [];
  }

  fits(part: FilterPart, rows: Joined, at: number): boolean {
    if (part.kind === 'link') return this.#linkFits(part, rows, at);
    if (part.kind === 'condition') return this.#conditionFits(part, rows, at);
    if (part.kind === 'and' || !part.parts.length) {
      return part.parts.every((one) => this.fits(one, rows, at));
    }
    return part.parts.some((one) => this.fits(one, rows, at));
  }

  #linkFits({ test, link }: LinkTest, rows: Joined, at: number): boolean {
    const cell = rows[at]?.cells[link.to];
    const key = cell === undefined ? undefined : keyOf(cell);
    const has = (query: Pick<Query, 'filter' | 'links'>): boolean =>
      plainQuery({ ...ALL, entity: link.entity, ...query }, this.#scope).some(([row]) => {
        const own = row?.cells[link.from];
        return key !== undefined && own !== undefined && keyOf(own) === key;
      });
    const fitting = has(link);
    if (test === 'not any') return !fitting;
    if (test === 'all') return !fitting && has({ filter: undefined, links: [] });
    return fitting;
  }

  #conditionFits(condition: Condition, rows: Joined, at: number): boolean {
    const { alias, column, operator, otherColumn } = condition;
    const place = alias === undefined ? at : this.#places.named(alias).at;
    const cell = rows[place]?.cells[column];
    const { environment } = this.#scope;
    if (otherColumn) {
      const otherAt =
        otherColumn.alias === undefined ? at : this.#places.named(otherColumn.alias).at;
      return columnsFit(operator, cell, rows[otherAt]?.cells[otherColumn.column]);
    }
    const rule = this.#scope.rules[operator];
    if (!rule) throw new TypeError(`There is no ${operator}.`);
    const entity = this.#places.entityAt(place);
    const where: ConditionPlace = {
      operator,
      entity,
      column,
      environment,
      attribute: environment.metadata.attribute(entity, column),
      sample: () => environment.store.table(entity).sample(column),
    };
    const sought = rule.seek(readValues(condition.values, rule, where), where);
    if (sought.kind === 'empty') return (cell === undefined) !== (rule.isOpposite ?? false);
    if (cell === undefined) return (rule.isOpposite ?? false) && environment.neIncludesNull;
    return testOf(sought)(cell) !== (rule.isOpposite ?? false);
  }
}

function columnsFit(operator: string, one: Cell | undefined, other: Cell | undefined): boolean {
  if (one === undefined || other === undefined) return operator === 'NotEqual' && one !== other;
  const order = compareCells(one, other);
  if (operator === 'NotEqual') return order !== 0;
  if (order === undefined) return false;
  if (operator === 'Equal') return order === 0;
  if (operator === 'GreaterThan') return order > 0;
  if (operator === 'GreaterEqual') return order >= 0;
  return operator === 'LessThan' ? order < 0 : order <= 0;
}

const ALL = {
  selection: { all: false, columns: [] },
  orders: [],
  distinct: false,
  top: undefined,
  page: undefined,
  counts: false,
} as const;
