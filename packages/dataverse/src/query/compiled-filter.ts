/** compileFilter: a filter as a tree of parts each of which says what it looks for, and whether joined rows fit. */
import { DataverseFault } from '../faults/dataverse-fault.ts';
import { PullRequestException } from '../faults/pull-request-exception.ts';
import type { Cell, Key } from '../store/cell.ts';
import type { Row } from '../store/row.ts';
import { compareCells } from './compare-cells.ts';
import {
  checkCount,
  type ConditionPlace,
  type ConditionRules,
  type Sought,
  testOf,
} from './condition-rules.ts';
import { readValues } from './condition-values.ts';
import { OPERATORS, type Operator } from './operator.ts';
import type { ColumnPlace, Condition, Filter, FilterPart, LinkTest } from './query.ts';
import type { QueryEnvironment } from './query-environment.ts';

/** Rows that belong together: that of the table, and those of links, each in its place; one that is not there is `undefined`. */
export type Joined = readonly (Row | undefined)[];

/** Whether joined rows fit. */
export type JoinedTest = (rows: Joined) => boolean;

/** A part of a filter. */
export type FilterTree = ConditionNode | GroupNode | LinkNode | ColumnsNode;

interface Node {
  readonly fits: JoinedTest;
  /** The last place whose row it looks at. */
  readonly lastPlace: number;
}

/** A condition with values. */
export interface ConditionNode extends Node {
  readonly kind: 'condition';
  readonly place: number;
  readonly condition: Condition;
  readonly sought: Sought;
  /** Whether it fits what is not found. */
  readonly isOpposite: boolean;
}

/** All parts, or one of them. */
export interface GroupNode extends Node {
  readonly kind: 'and' | 'or';
  readonly parts: readonly FilterTree[];
}

/** Whether there are linked rows. */
export interface LinkNode extends Node {
  readonly kind: 'link';
  readonly place: number;
  readonly test: LinkTest;
  /** The keys of all linked rows, if rows that have one fit, and no others; and about how many there are. */
  readonly found: { readonly about: number; keys(): ReadonlySet<Key> } | undefined;
}

/** A comparison of columns. */
export interface ColumnsNode extends Node {
  readonly kind: 'columns';
  readonly condition: Condition;
}

/** What a filter is compiled with. */
export interface FilterScope {
  readonly rules: ConditionRules;
  readonly environment: QueryEnvironment;
  /** In which place the rows of an alias stand; those of the table in which the filter stands if there is none. */
  placeOf(alias: string | undefined): number;
  /** The table whose rows stand in a place. */
  entityAt(place: number): string;
  /** A test for linked rows. */
  linkTest(test: LinkTest): LinkNode;
  /** Makes sure that there is such a column. */
  checkColumn(place: ColumnPlace): void;
}

/** How deep filters may stand in one another. */
const DEEPEST = 500;

/** @throws DataverseFault for a condition that makes no sense, PullRequestException for an operator that is not here yet */
export function compileFilter(filter: Filter, scope: FilterScope, depth = 1): GroupNode {
  if (depth > DEEPEST) {
    throw new DataverseFault(
      'InvalidArgument',
      `Filters stand in one another more than ${DEEPEST} deep.`,
    );
  }
  const parts = filter.parts.map((part) => compilePart(part, scope, depth));
  const lastPlace = Math.max(0, ...parts.map((part) => part.lastPlace));
  return { kind: filter.kind, parts, lastPlace, fits: together(filter.kind, parts) };
}

/** A filter with nothing in it lets all pass, whichever kind it is. */
export function together(kind: 'and' | 'or', parts: readonly FilterTree[]): JoinedTest {
  const tests = parts.map(({ fits }) => fits);
  const [one, two] = tests;
  if (!one) return () => true;
  if (!two) return one;
  if (kind === 'or') return (rows) => tests.some((test) => test(rows));
  return tests.length === 2
    ? (rows) => one(rows) && two(rows)
    : (rows) => tests.every((test) => test(rows));
}

function compilePart(part: FilterPart, scope: FilterScope, depth: number): FilterTree {
  if (part.kind === 'link') return scope.linkTest(part);
  if (part.kind !== 'condition') return compileFilter(part, scope, depth + 1);
  scope.checkColumn(part);
  return part.otherColumn
    ? compareColumns(part, part.otherColumn, scope)
    : compileCondition(part, scope);
}

function compileCondition(condition: Condition, scope: FilterScope): ConditionNode {
  const { alias, column, operator } = condition;
  const rule = scope.rules[operator];
  if (!rule) {
    throw PullRequestException.forFeature('RetrieveMultiple', `operator '${OPERATORS[operator]}'`);
  }
  const { environment } = scope;
  const place = scope.placeOf(alias);
  const entity = scope.entityAt(place);
  const where: ConditionPlace = {
    operator,
    entity,
    column,
    environment,
    attribute: environment.metadata.attribute(entity, column),
    sample: () => environment.store.table(entity).sample(column),
  };
  const values = readValues(condition.values, rule, where);
  checkCount(operator, rule, values.length);
  const sought = rule.seek(values, where);
  const { isOpposite = false } = rule;
  const fits = cellTest(sought, isOpposite, environment.neIncludesNull);
  return {
    kind: 'condition',
    place,
    lastPlace: place,
    condition,
    sought,
    isOpposite,
    fits: (rows) => fits(rows[place]?.cells[column]),
  };
}

/** What is not found fits the opposite, and with it what is empty, as the service does with all operators of its own that begin with `not`. */
function cellTest(
  sought: Sought,
  isOpposite: boolean,
  includesNull: boolean,
): (cell: Cell | undefined) => boolean {
  if (sought.kind === 'empty') return (cell) => (cell === undefined) !== isOpposite;
  const test = testOf(sought);
  if (!isOpposite) return (cell) => cell !== undefined && test(cell);
  return (cell) => (cell === undefined ? includesNull : !test(cell));
}

const COMPARISONS: Partial<Readonly<Record<Operator, (order: number) => boolean>>> = {
  Equal: (order) => order === 0,
  GreaterThan: (order) => order > 0,
  GreaterEqual: (order) => order >= 0,
  LessThan: (order) => order < 0,
  LessEqual: (order) => order <= 0,
};

/** Two columns of which one is empty differ; two that both are empty neither differ nor are they the same. */
function compareColumns(condition: Condition, other: ColumnPlace, scope: FilterScope): ColumnsNode {
  const { alias, column, operator } = condition;
  scope.checkColumn(other);
  const [place, otherPlace] = [scope.placeOf(alias), scope.placeOf(other.alias)];
  const { neIncludesNull } = scope.environment;
  const node = { kind: 'columns', condition, lastPlace: Math.max(place, otherPlace) } as const;
  const fits = COMPARISONS[operator];
  if (!fits && operator !== 'NotEqual') {
    throw new DataverseFault(
      'InvalidArgument',
      `Condition operator '${operator}' cannot compare columns.`,
    );
  }
  return {
    ...node,
    fits: (rows) => {
      const one = rows[place]?.cells[column];
      const two = rows[otherPlace]?.cells[other.column];
      if (one === undefined || two === undefined) {
        return !fits && neIncludesNull && one !== two;
      }
      const order = compareCells(one, two);
      return fits ? order !== undefined && fits(order) : order !== 0;
    },
  };
}
