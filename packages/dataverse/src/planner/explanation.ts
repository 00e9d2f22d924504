/** Explanation: how a plan finds its rows, as plain data and in words. */
import type { FilterTree } from '../query/compiled-filter.ts';
import type { JoinStep } from './join-steps.ts';
import type { QueryPlan } from './query-plan.ts';

/** How rows are found. */
export type Way =
  | 'id'
  | 'hash index'
  | 'ordered index'
  | 'text column'
  | 'linked rows'
  | 'union'
  | 'all rows'
  | 'in order';

/** How a query would be run. */
export interface Explanation {
  /** The ways by which rows are found, those of links included. */
  readonly ways: readonly Way[];
  /** About how many rows of the table are looked at. */
  readonly rows: number;
  /** Whether rows are sorted afterwards. */
  readonly sorts: boolean;
  /** What is done, one thing after the other. */
  readonly steps: readonly string[];
}

/** What a plan does. */
export function explainPlan(plan: QueryPlan): Explanation {
  const { access, walk, table, rootParts, steps, keys } = plan;
  const way: Way = walk ? 'in order' : (access?.by ?? 'all rows');
  const rows = walk ? Math.min(plan.most, table.size) : (access?.rows ?? table.size);
  const source = walk
    ? `${table.name}: in the order of ${walk.index.column ?? 'its ids'}${walk.descending ? ', from the end' : ''}, the first ${plan.most} that fit`
    : access
      ? `${table.name}: by ${access.by} of ${access.on}, about ${access.rows} of ${table.size} rows`
      : `${table.name}: all ${table.size} rows`;
  const sorts = !walk && plan.sorts;
  return {
    ways: [way],
    rows,
    sorts,
    steps: [
      source,
      ...filtersOf(rootParts, 1),
      ...steps.flatMap((step) => stepsOf(step, 1)),
      ...(sorts
        ? [
            `sort by ${[...keys.map(({ column, descending }) => `${column}${descending ? ' descending' : ''}`), 'id'].join(', ')}`,
          ]
        : []),
    ],
  };
}

function stepsOf({ link, primaryId, filter, steps, after }: JoinStep, depth: number): string[] {
  const by = link.from === primaryId ? 'id' : `hash index of ${link.from}`;
  return [
    `${'  '.repeat(depth)}${link.type} ${link.entity} as ${link.alias}: by ${by}`,
    ...filtersOf(filter ? [filter] : [], depth + 1),
    ...steps.flatMap((inner) => stepsOf(inner, depth + 1)),
    ...filtersOf(after, depth + 1),
  ];
}

const filtersOf = (parts: readonly FilterTree[], depth: number): string[] =>
  parts.map((part) => `${'  '.repeat(depth)}keep ${textOf(part)}`);

function textOf(part: FilterTree): string {
  switch (part.kind) {
    case 'condition':
      return `${part.condition.column} ${part.condition.operator}`;
    case 'columns':
      return `${part.condition.column} ${part.condition.operator} ${part.condition.otherColumn?.column}`;
    case 'link':
      return `${part.test.test} ${part.test.link.entity}`;
    case 'and':
    case 'or':
      return `(${part.parts.map(textOf).join(` ${part.kind} `)})`;
  }
}
