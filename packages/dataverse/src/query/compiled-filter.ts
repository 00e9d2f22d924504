/** compileFilter: a filter as a function that says whether joined rows fit. */
import type { Cell } from '../store/cell.ts';
import type { Row } from '../store/row.ts';
import { compareCells } from './compare-cells.ts';
import { type CellTest, checkCount, type ConditionRules } from './condition-rules.ts';
import { DataverseFault } from '../faults/dataverse-fault.ts';
import { PullRequestException } from '../faults/pull-request-exception.ts';
import { OPERATORS, type Operator } from './operator.ts';
import type { ColumnPlace, Condition, Filter, FilterPart, LinkTest } from './query.ts';

/** Rows that belong together: that of the table, and those of links, each in its place; one that is not there is `undefined`. */
export type Joined = readonly (Row | undefined)[];

/** Whether joined rows fit. */
export type JoinedTest = (rows: Joined) => boolean;

/** What a filter is compiled with. */
export interface FilterScope {
  readonly rules: ConditionRules;
  /** In which place the rows of an alias stand; those of the table in which the filter stands if there is none. */
  placeOf(alias: string | undefined): number;
  /** The values of a condition as cells that can be compared with those of its column. */
  cellsOf(condition: Condition): readonly Cell[];
  /** A test for linked rows. */
  linkTest(test: LinkTest): JoinedTest;
  /** Makes sure that there is such a column. */
  checkColumn(place: ColumnPlace): void;
}

/** @throws DataverseFault for a condition that makes no sense, PullRequestException for an operator that is not here yet */
export function compileFilter(filter: Filter, scope: FilterScope): JoinedTest {
  const tests = filter.parts.map((part) => compilePart(part, scope));
  if (filter.kind === 'and') return (rows) => tests.every((test) => test(rows));
  // A filter with nothing in it lets all pass, whichever kind it is.
  return tests.length ? (rows) => tests.some((test) => test(rows)) : () => true;
}

function compilePart(part: FilterPart, scope: FilterScope): JoinedTest {
  if (part.kind === 'link') return scope.linkTest(part);
  return part.kind === 'condition' ? compileCondition(part, scope) : compileFilter(part, scope);
}

function compileCondition(condition: Condition, scope: FilterScope): JoinedTest {
  const { alias, column, otherColumn } = condition;
  scope.checkColumn(condition);
  const place = scope.placeOf(alias);
  if (otherColumn) return compareColumns(condition, { ...otherColumn, place }, scope);
  const test = testOf(condition, scope);
  return (rows) => test(rows[place]?.cells[column]);
}

function testOf(condition: Condition, scope: FilterScope): CellTest {
  const { operator } = condition;
  const rule = scope.rules[operator];
  if (!rule)
    throw PullRequestException.forFeature('RetrieveMultiple', `operator '${OPERATORS[operator]}'`);
  checkCount(operator, rule, condition.values.length);
  return rule.test(scope.cellsOf(condition));
}

const COMPARISONS: Partial<Readonly<Record<Operator, (order: number) => boolean>>> = {
  GreaterThan: (order) => order > 0,
  GreaterEqual: (order) => order >= 0,
  LessThan: (order) => order < 0,
  LessEqual: (order) => order <= 0,
};

/** Two columns of which one is empty differ; two that both are empty neither differ nor are they the same. */
function compareColumns(
  { operator, column }: Condition,
  other: ColumnPlace & { readonly place: number },
  scope: FilterScope,
): JoinedTest {
  scope.checkColumn(other);
  const { place } = other;
  const otherPlace = scope.placeOf(other.alias);
  const cells = (rows: Joined): readonly [Cell | undefined, Cell | undefined] => [
    rows[place]?.cells[column],
    rows[otherPlace]?.cells[other.column],
  ];
  if (operator === 'NotEqual') {
    return (rows) => {
      const [one, two] = cells(rows);
      if (one === undefined || two === undefined) return one !== two;
      return compareCells(one, two) !== 0;
    };
  }
  const fits = operator === 'Equal' ? (order: number) => order === 0 : COMPARISONS[operator];
  if (!fits) {
    throw new DataverseFault(
      'InvalidArgument',
      `Condition operator '${operator}' cannot compare columns.`,
    );
  }
  return (rows) => {
    const [one, two] = cells(rows);
    return one !== undefined && two !== undefined && fits(compareCells(one, two));
  };
}
