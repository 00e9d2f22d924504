/** ConditionRules: for each operator, how many values it takes and which cells fit them. Kinds of operators have files of their own. */
import { DataverseFault } from '../faults/dataverse-fault.ts';
import type { Cell } from '../store/cell.ts';
import type { Operator } from './operator.ts';

/** Whether a cell fits; an empty one is `undefined`. */
export type CellTest = (cell: Cell | undefined) => boolean;

/** An operator: how many values it takes, and the test that they make. */
export interface ConditionRule {
  /** How many values there must be; two numbers are the least and the most. */
  readonly values: number | readonly [least: number, most: number];
  test(values: readonly Cell[]): CellTest;
}

/** Rules by operator. */
export type ConditionRules = Partial<Readonly<Record<Operator, ConditionRule>>>;

/**
 * Makes sure that there are as many values as an operator takes.
 *
 * @throws DataverseFault if not
 */
export function checkCount(operator: Operator, rule: ConditionRule, count: number): void {
  const [least, most] = typeof rule.values === 'number' ? [rule.values, rule.values] : rule.values;
  if (count >= least && count <= most) return;
  const wanted =
    least === most
      ? least === 0
        ? 'that no values are set'
        : `exactly ${least} value${least === 1 ? '' : 's'}`
      : most === Infinity
        ? `${least} or more values`
        : `${least} to ${most} values`;
  throw new DataverseFault(
    'InvalidArgument',
    `Condition operator '${operator}' requires ${wanted}, not ${count}`,
  );
}

/** What an empty cell does not fit. */
export const unlessEmpty =
  (test: (cell: Cell) => boolean): CellTest =>
  (cell) =>
    cell !== undefined && test(cell);

/** The opposite, which an empty cell fits: this is what the service does with every operator of its own that begins with `not`. */
export const opposite =
  (test: CellTest): CellTest =>
  (cell) =>
    !test(cell);
