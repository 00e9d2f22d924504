/** ConditionRules: for each operator, how many values it takes and what it looks for. Kinds of operators have files of their own. */
import { DataverseFault } from '../faults/dataverse-fault.ts';
import type { AttributeMetadata } from '../metadata/attribute-metadata.ts';
import {
  type Cell,
  compareScalars,
  folded,
  type Key,
  keyOf,
  kindOf,
  type Scalar,
  scalarOf,
} from '../store/cell.ts';
import type { Operator } from './operator.ts';
import type { QueryEnvironment } from './query-environment.ts';

/** Whether a cell fits; an empty one is `undefined`. */
export type CellTest = (cell: Cell | undefined) => boolean;

/** Where a range begins or ends. */
export interface Bound {
  readonly at: Scalar;
  /** Whether it belongs to the range itself. */
  readonly isIn: boolean;
}

/** What a condition looks for, said so that an index can find it as well as a test. Cells that are empty are found by `empty` alone. */
export type Sought =
  | { readonly kind: 'keys'; readonly keys: ReadonlySet<Key> }
  | { readonly kind: 'range'; readonly from?: Bound; readonly to?: Bound }
  | { readonly kind: 'text'; readonly fits: (folded: string) => boolean }
  | { readonly kind: 'empty' }
  | { readonly kind: 'test'; readonly test: (cell: Cell) => boolean };

/** The column to which a condition is put. */
export interface ConditionPlace {
  readonly operator: Operator;
  readonly entity: string;
  readonly column: string;
  /** What is known of the column. */
  readonly attribute: AttributeMetadata | undefined;
  /** A cell that it has somewhere, where nothing is known of it. */
  readonly sample: () => Cell | undefined;
  readonly environment: QueryEnvironment;
}

/** An operator: how many values it takes, and what they look for. */
export interface ConditionRule {
  /** How many values there must be; two numbers are the least and the most. */
  readonly values: number | readonly [least: number, most: number];
  /** How values are read: as those of the column, or as they stand. @default 'cells' */
  readonly takes?: 'cells' | 'given';
  /** Whether it fits what is not found, and with it what is empty. @default false */
  readonly isOpposite?: boolean;
  seek(values: readonly unknown[], place: ConditionPlace): Sought;
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

/** The operator that fits what another one does not. */
export const opposite = (rule: ConditionRule): ConditionRule => ({
  ...rule,
  isOpposite: !rule.isOpposite,
});

/** What a condition looks for, as a test. */
export function testOf(sought: Sought): (cell: Cell) => boolean {
  switch (sought.kind) {
    case 'keys':
      return keyTest(sought.keys);
    case 'range':
      return rangeTest(sought);
    case 'text': {
      const { fits } = sought;
      return (cell) => typeof cell === 'string' && fits(folded(cell));
    }
    case 'empty':
      return () => false;
    case 'test':
      return sought.test;
  }
}

function keyTest(keys: ReadonlySet<Key>): (cell: Cell) => boolean {
  if (keys.size !== 1) {
    return (cell) => {
      const key = keyOf(cell);
      return key !== undefined && keys.has(key);
    };
  }
  const [only] = keys;
  return (cell) => keyOf(cell) === only;
}

function rangeTest({ from, to }: Extract<Sought, { kind: 'range' }>): (cell: Cell) => boolean {
  const end = from ?? to;
  const kind = end && kindOf(end.at);
  return (cell) => {
    const scalar = scalarOf(cell);
    if (kindOf(scalar) !== kind) return false;
    if (from) {
      const order = compareScalars(scalar, from.at);
      if (order < 0 || (order === 0 && !from.isIn)) return false;
    }
    if (!to) return true;
    const order = compareScalars(scalar, to.at);
    return order < 0 || (order === 0 && to.isIn);
  };
}
