/** Random tables and random queries about them, the same for the same seed. */
import { EntityReference } from '../src/records/entity-reference.ts';
import { Money } from '../src/records/money.ts';
import { OptionSetValue, OptionSetValueCollection } from '../src/records/option-set-value.ts';
import type { Operator } from '../src/query/operator.ts';
import type {
  Condition,
  Filter,
  FilterPart,
  Link,
  LinkTest,
  LinkType,
  Order,
  Query,
} from '../src/query/query.ts';
import { type Cell, Instant } from '../src/store/cell.ts';
import { rowOf } from '../src/store/row.ts';
import type { Store } from '../src/store/store.ts';

/** A day in the middle of the dates that rows have. */
export const TODAY: number = Date.UTC(2026, 4, 15, 12);

const TABLES = ['alpha', 'beta', 'gamma'] as const;
type Table = (typeof TABLES)[number];
const TEXTS = ['', 'a', 'A', 'ab', 'ab ', 'Abc', 'b', 'ba', 'c[d', 'x%y', 'émile'];

/** An id by its number. */
export const idOf = (table: Table, at: number): string =>
  `${TABLES.indexOf(table)}0000000-0000-4000-8000-${String(at).padStart(12, '0')}`;

/** Makes choices. */
export class Chooser {
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  below(count: number): number {
    return Math.floor(this.#random() * count);
  }

  chance(share: number): boolean {
    return this.#random() < share;
  }

  one<T>(things: readonly T[]): T {
    return things[this.below(things.length)] as T;
  }

  some<T>(most: number, make: () => T): T[] {
    return Array.from({ length: this.below(most + 1) }, make);
  }
}

/** What columns have, each of which is empty now and then. */
const CELLS: Readonly<Record<string, (chooser: Chooser) => Cell | undefined>> = {
  text: (c) => c.one(TEXTS) || undefined,
  number: (c) => c.below(8) - 2,
  big: (c) => BigInt(c.below(5)),
  flag: (c) => c.chance(0.5),
  amount: (c) => new Money(c.below(6) / 2),
  choice: (c) => new OptionSetValue(c.below(4)),
  choices: (c) => new OptionSetValueCollection(c.some(2, () => c.below(3))),
  date: (c) => new Instant(TODAY + (c.below(120) - 60) * 3_600_000 * 11),
  parent: (c) => new EntityReference('alpha', idOf('alpha', c.below(12))),
  other: (c) => new EntityReference('beta', idOf('beta', c.below(12))),
  odd: (c) => c.one<Cell>(['a', '1', 1, true, new OptionSetValue(1)]),
};
const COLUMNS = Object.keys(CELLS);

/** Puts rows into the tables, and changes and takes out some. */
export function fill(store: Store, chooser: Chooser, most = 25): void {
  for (const table of TABLES) {
    for (let writes = chooser.below(most); writes > 0; writes--) write(store, table, chooser);
  }
}

/** One write to a table. */
export function write(store: Store, table: Table, chooser: Chooser): void {
  const id = idOf(table, chooser.below(20));
  if (chooser.chance(0.15)) {
    store.put(table, id, undefined);
    return;
  }
  const cells = Object.create(null) as Record<string, Cell>;
  for (const [column, make] of Object.entries(CELLS)) {
    const cell = chooser.chance(0.75) ? make(chooser) : undefined;
    if (cell !== undefined) cells[column] = cell;
  }
  cells[`${table}id`] = id;
  store.put(table, id, rowOf(id, store.nextVersion(), cells));
}

/** One write to any table. */
export const writeAnywhere = (store: Store, chooser: Chooser): void =>
  write(store, chooser.one(TABLES), chooser);

const VALUES: Readonly<Record<string, (chooser: Chooser) => unknown>> = {
  text: (c) => c.one(TEXTS),
  number: (c) => (c.chance(0.3) ? String(c.below(8) - 2) : c.below(8) - 2),
  big: (c) => c.below(5),
  flag: (c) => c.chance(0.5),
  amount: (c) => c.below(6) / 2,
  choice: (c) => c.below(4),
  choices: (c) => c.below(3),
  date: (c) => new Date(TODAY + (c.below(120) - 60) * 3_600_000 * 11),
  parent: (c) => idOf('alpha', c.below(12)),
  other: (c) => idOf('beta', c.below(12)),
  odd: (c) => c.one<unknown>(['a', 1, true]),
};

const ONE_VALUE: readonly Operator[] = [
  'Equal',
  'Equal',
  'Equal',
  'NotEqual',
  'GreaterThan',
  'GreaterEqual',
  'LessThan',
  'LessEqual',
];
const TEXT: readonly Operator[] = [
  'Like',
  'NotLike',
  'BeginsWith',
  'EndsWith',
  'DoesNotBeginWith',
  'DoesNotEndWith',
];
const DATES: readonly Operator[] = ['Today', 'ThisMonth', 'LastMonth', 'Next7Days', 'LastWeek'];
const COUNTED: readonly Operator[] = ['LastXDays', 'NextXWeeks', 'OlderThanXDays', 'LastXMonths'];

interface Aliases {
  readonly known: readonly string[];
  next(): string;
}

function condition(table: string, c: Chooser, aliases: readonly string[]): Condition {
  const column = c.chance(0.1) ? `${table}id` : c.one(COLUMNS);
  const alias = aliases.length && c.chance(0.15) ? c.one(aliases) : undefined;
  const base = { kind: 'condition', alias, column } as const;
  if (c.chance(0.08)) {
    const operator = c.one(ONE_VALUE);
    return { ...base, operator, values: [], otherColumn: { column: c.one(COLUMNS) } };
  }
  if (c.chance(0.15)) return { ...base, operator: c.one(['Null', 'NotNull']), values: [] };
  if (column === `${table}id`) {
    const values = [idOf('alpha', c.below(20)), idOf('beta', c.below(20))];
    return {
      ...base,
      operator: c.one(['In', 'NotIn', 'UnderOrEqual' as const]),
      values: values.slice(0, 2),
    };
  }
  return { ...base, ...operation(column, c) };
}

function operation(column: string, c: Chooser): Pick<Condition, 'operator' | 'values'> {
  const value = (): unknown => VALUES[column]?.(c);
  if (column === 'choices' && c.chance(0.5)) {
    return { operator: c.one(['ContainValues', 'DoesNotContainValues']), values: c.some(2, value) };
  }
  if (column === 'date' && c.chance(0.5)) {
    return c.chance(0.5)
      ? { operator: c.one(DATES), values: [] }
      : { operator: c.one(COUNTED), values: [1 + c.below(9)] };
  }
  if (column === 'date' && c.chance(0.3)) {
    return { operator: c.one(['On', 'OnOrAfter', 'OnOrBefore', 'NotOn']), values: [value()] };
  }
  if (column === 'text' && c.chance(0.5)) {
    return { operator: c.one(TEXT), values: [c.one(['%a%', 'a%', '%b', 'a_', '[a-b]%', 'A'])] };
  }
  if (c.chance(0.3)) return { operator: c.one(['In', 'In', 'NotIn']), values: c.some(3, value) };
  if (c.chance(0.2)) {
    return { operator: c.one(['Between', 'NotBetween']), values: [value(), value()] };
  }
  return { operator: c.one(ONE_VALUE), values: [value()] };
}

function filter(table: Table, c: Chooser, scope: { depth: number; aliases: Aliases }): Filter {
  const { depth, aliases } = scope;
  const part = (): FilterPart => {
    if (depth > 0 && c.chance(0.2)) return filter(table, c, { depth: depth - 1, aliases });
    if (depth > 0 && c.chance(0.15)) return linkTest(table, c, depth);
    return condition(table, c, aliases.known);
  };
  return { kind: c.chance(0.7) ? 'and' : 'or', parts: c.some(3, part) };
}

function linkTest(table: Table, c: Chooser, depth: number): LinkTest {
  const link = linkFrom(table, c, { depth: depth - 1, aliases: numbered('t') });
  return { kind: 'link', test: c.one(['any', 'not any', 'all', 'not all']), link };
}

const TYPES: readonly LinkType[] = ['inner', 'inner', 'outer', 'exists', 'in', 'matchfirstrow'];

function linkFrom(table: Table, c: Chooser, scope: { depth: number; aliases: Aliases }): Link {
  const { depth, aliases } = scope;
  const entity = c.one(TABLES);
  const [from, to] = c.one([
    [`${entity}id`, entity === 'beta' ? 'other' : 'parent'],
    [table === 'beta' ? 'other' : 'parent', `${table}id`],
    ['number', 'number'],
    ['text', 'text'],
  ] as const);
  const alias = aliases.next();
  return {
    entity,
    alias,
    from,
    to,
    type: c.one(TYPES),
    selection: { all: false, columns: [] },
    filter: c.chance(0.6) ? filter(entity, c, { depth: 0, aliases: NO_ALIASES }) : undefined,
    links: depth > 0 && c.chance(0.3) ? [linkFrom(entity, c, { depth: depth - 1, aliases })] : [],
    orders: c.chance(0.15) ? [order(c)] : [],
  };
}

const NO_ALIASES: Aliases = { known: [], next: () => '' };

function numbered(prefix: string): Aliases {
  const known: string[] = [];
  return { known, next: () => known[known.push(`${prefix}${known.length}`) - 1] as string };
}

const order = (c: Chooser): Order => ({
  alias: undefined,
  column: c.one(COLUMNS),
  descending: c.chance(0.5),
});

/** A query about the tables. */
export function randomQuery(c: Chooser): Query {
  const entity = c.one(TABLES);
  const aliases = numbered('l');
  const links = c.chance(0.45) ? c.some(2, () => linkFrom(entity, c, { depth: 1, aliases })) : [];
  const isPaged = c.chance(0.3);
  return {
    entity,
    selection: { all: false, columns: [] },
    filter: c.chance(0.9) ? filter(entity, c, { depth: 2, aliases }) : undefined,
    links,
    orders: c.chance(0.6) ? c.some(2, () => order(c)) : [],
    distinct: false,
    top: !isPaged && c.chance(0.5) ? c.below(6) : undefined,
    page: isPaged ? { number: 1 + c.below(3), size: 1 + c.below(5) } : undefined,
    counts: c.chance(0.15),
    ordersByValue: c.chance(0.5),
  };
}
