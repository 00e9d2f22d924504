/** understoodFilter: what a filter of OData asks of a table, as a filter of a query. */
import type { Operator } from '../query/operator.ts';
import type { Filter, FilterPart, LinkTest } from '../query/query.ts';
import {
  COMPARISON_OPERATORS,
  listed,
  opposed,
  TURNED_ROUND,
  valueCondition,
} from './filter-condition.ts';
import type { Comparison, FilterNode, Operand, Path } from './filter-node.ts';
import { type Navigation, navigationOf } from './navigation.ts';
import { NavigationLinks } from './navigation-link.ts';
import { badQuery, noProperty } from './odata-fault.ts';
import { functionOperator } from './query-functions.ts';
import { columnOf, type Tables } from './table-scope.ts';

/** The filter of a table. */
export function understoodFilter(node: FilterNode, entity: string, tables: Tables): Filter {
  const part = new FilterReader(tables).part(node, entity, false);
  return part.kind === 'and' || part.kind === 'or' ? part : { kind: 'and', parts: [part] };
}

class FilterReader {
  readonly #tables: Tables;
  readonly #links: NavigationLinks;

  constructor(tables: Tables) {
    this.#tables = tables;
    this.#links = new NavigationLinks(tables);
  }

  /** What must hold, or with `isNot` what must not. There is no "not" in queries: it is handed down to what has an opposite. */
  part(node: FilterNode, entity: string, isNot: boolean): FilterPart {
    switch (node.kind) {
      case 'and':
      case 'or': {
        const parts = node.parts.map((inner) => this.part(inner, entity, isNot));
        return { kind: (node.kind === 'and') === isNot ? 'or' : 'and', parts };
      }
      case 'not':
        return this.part(node.part, entity, !isNot);
      case 'compare':
        return this.#compare(node, entity, isNot);
      case 'text':
        return this.#text(node, entity, isNot);
      case 'function':
        return this.#function(node, entity, isNot);
      case 'lambda':
        return this.#lambda(node, entity, isNot);
    }
  }

  #compare(
    { left, right, comparison }: Extract<FilterNode, { kind: 'compare' }>,
    entity: string,
    isNot: boolean,
  ): FilterPart {
    if (left.kind !== 'path') {
      if (right.kind !== 'path')
        throw badQuery('A comparison of two values says nothing of the records.');
      return this.#comparePath(
        right,
        { comparison: TURNED_ROUND[comparison], other: left },
        { entity, isNot },
      );
    }
    return this.#comparePath(left, { comparison, other: right }, { entity, isNot });
  }

  #comparePath(
    path: Path,
    { comparison, other }: { readonly comparison: Comparison; readonly other: Operand },
    { entity, isNot }: { readonly entity: string; readonly isNot: boolean },
  ): FilterPart {
    const operator = COMPARISON_OPERATORS[comparison];
    return this.#through(path.names.slice(0, -1), entity, (table) => {
      const name = path.names.at(-1) as string;
      if (other.kind === 'path') {
        if (path.names.length > 1 || other.names.length > 1) {
          throw badQuery('Columns can be compared with columns of the same record only.');
        }
        const otherColumn = { column: columnOf(table, other.names[0] as string, this.#tables) };
        const column = columnOf(table, name, this.#tables);
        return opposed({ kind: 'condition', column, operator, values: [], otherColumn }, isNot);
      }
      const column =
        other.literal.kind === 'null'
          ? this.#nullable(table, name)
          : columnOf(table, name, this.#tables);
      const attribute = this.#tables.metadata.attribute(table, column);
      return valueCondition({ column, operator, literal: other.literal, attribute }, isNot);
    });
  }

  /** A lookup may be compared with nothing by its own name. */
  #nullable(table: string, name: string): string {
    const navigation = navigationOf(table, name, this.#tables);
    return navigation?.kind === 'lookup' ? navigation.column : columnOf(table, name, this.#tables);
  }

  #text(
    { name, path, literal }: Extract<FilterNode, { kind: 'text' }>,
    entity: string,
    isNot: boolean,
  ): FilterPart {
    if (literal.kind !== 'text') throw badQuery(`The function '${name}' takes text.`);
    const { value } = literal;
    const isWild =
      name === 'startswith' ? value.startsWith('%') : name === 'endswith' && value.endsWith('%');
    if (isWild) throw badQuery(`A wildcard cannot stand where '${name}' puts one itself.`);
    return this.#through(path.names.slice(0, -1), entity, (table) => {
      const column = columnOf(table, path.names.at(-1) as string, this.#tables);
      const [operator, pattern]: [Operator, string] =
        name === 'contains'
          ? ['Like', `%${value}%`]
          : [name === 'startswith' ? 'BeginsWith' : 'EndsWith', value];
      return opposed({ kind: 'condition', column, operator, values: [pattern] }, isNot);
    });
  }

  #function(
    { name, through, values }: Extract<FilterNode, { kind: 'function' }>,
    entity: string,
    isNot: boolean,
  ): FilterPart {
    const operator = functionOperator(name);
    if (!operator) throw badQuery(`An unknown function with name '${name}' was found.`);
    const property = values.get('PropertyName');
    if (property?.kind !== 'text') {
      throw badQuery(`The function '${name}' needs the name of a property as PropertyName.`);
    }
    return this.#through(through, entity, (table) => {
      const column = columnOf(table, property.value, this.#tables);
      const given = [...values].flatMap(([key, value]) =>
        key === 'PropertyName' ? [] : listed(value),
      );
      const wanted = name === 'Contains' ? given.map((value) => `%${String(value)}%`) : given;
      return opposed({ kind: 'condition', column, operator, values: wanted }, isNot);
    });
  }

  #lambda(
    { test, path, part }: Extract<FilterNode, { kind: 'lambda' }>,
    entity: string,
    isNot: boolean,
  ): FilterPart {
    return this.#through(path.names.slice(0, -1), entity, (table) => {
      const name = path.names.at(-1) as string;
      const navigation = navigationOf(table, name, this.#tables);
      if (!navigation) throw noProperty(name, table);
      if (navigation.kind === 'lookup') {
        throw badQuery(`'${name}' leads to one record; any and all are for lists.`);
      }
      // All fit if there is none that does not.
      const inner = part && this.part(part, navigation.target, test === 'all');
      const isAny = (test === 'any') !== isNot;
      return this.#test(navigation, { table, inner, test: isAny ? 'any' : 'not any' });
    });
  }

  /** What is asked of the record at the end of a path. Where the path is interrupted, nothing fits. */
  #through(
    names: readonly string[],
    table: string,
    ask: (table: string) => FilterPart,
  ): FilterPart {
    const [name, ...rest] = names;
    if (name === undefined) return ask(table);
    const navigation = navigationOf(table, name, this.#tables);
    if (!navigation) throw noProperty(name, table);
    if (navigation.kind !== 'lookup') {
      throw badQuery(`'${name}' leads to a list; ask for any or all of its records.`);
    }
    const inner = this.#through(rest, navigation.target, ask);
    return this.#test(navigation, { table, inner, test: 'any' });
  }

  #test(
    navigation: Navigation,
    {
      table,
      inner,
      test,
    }: {
      readonly table: string;
      readonly inner: FilterPart | undefined;
      readonly test: LinkTest['test'];
    },
  ): LinkTest {
    const filter: Filter | undefined = inner && { kind: 'and', parts: [inner] };
    return { kind: 'link', test, link: this.#links.link(navigation, table, filter) };
  }
}
