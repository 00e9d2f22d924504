/** aggregateValue: what is made of the values that a column has in a group. */
import { DataverseFault } from '../faults/dataverse-fault.ts';
import type { AttributeMetadata } from '../metadata/attribute-metadata.ts';
import { cellIdentity } from '../query/cell-identity.ts';
import type { Aggregate, SelectedColumn } from '../query/query.ts';
import { EntityReference } from '../records/entity-reference.ts';
import { Money } from '../records/money.ts';
import { OptionSetValueCollection } from '../records/option-set-value.ts';
import { Bytes, type Cell, compareScalars, InnerRows, scalarOf } from '../store/cell.ts';
import { exactSum } from './exact-sum.ts';

/** A column, and what is known of it. */
export interface AggregatedColumn {
  readonly column: SelectedColumn;
  readonly attribute: AttributeMetadata | undefined;
}

/**
 * The value; `undefined` where there is nothing of which it could be made.
 *
 * @throws DataverseFault for a sum of what are no numbers, and the like
 */
export function aggregateValue(
  { column, attribute }: AggregatedColumn,
  cells: readonly (Cell | undefined)[],
): Cell | undefined {
  const given = cells.filter((cell) => cell !== undefined);
  const aggregate = column.aggregate as Aggregate;
  switch (aggregate) {
    case 'count':
      return cells.length;
    case 'countcolumn':
      return column.distinct ? new Set(given.map(cellIdentity)).size : given.length;
    case 'min':
    case 'max':
      return extreme(given, { aggregate, column: column.column });
    case 'sum':
    case 'avg':
      return given.length
        ? reckoned(given, { aggregate, column: column.column, attribute })
        : undefined;
  }
}

interface Reckoning {
  readonly aggregate: Aggregate;
  readonly column: string;
  readonly attribute?: AttributeMetadata | undefined;
}

function extreme(cells: readonly Cell[], { aggregate, column }: Reckoning): Cell | undefined {
  const sign = aggregate === 'min' ? -1 : 1;
  let best: Cell | undefined;
  for (const cell of cells) {
    if (
      cell instanceof EntityReference ||
      cell instanceof OptionSetValueCollection ||
      cell instanceof Bytes ||
      cell instanceof InnerRows
    ) {
      throw new DataverseFault(
        'InvalidArgument',
        `Values of column '${column}' cannot be put in order, and so there is no ${aggregate}.`,
      );
    }
    const isBetter =
      best === undefined || compareScalars(scalarOf(cell), scalarOf(best)) * sign > 0;
    if (isBetter) best = cell;
  }
  return best;
}

function reckoned(cells: readonly Cell[], reckoning: Reckoning): Cell {
  const numbers = cells.map((cell) => numberOf(cell, reckoning));
  if (numbers.some((number) => typeof number === 'bigint')) {
    return reckonedWhole(numbers.map(wholeOf), reckoning);
  }
  const sum = exactSum(numbers as number[]);
  const isWhole = reckoning.attribute?.type === 'Integer' || reckoning.attribute?.type === 'BigInt';
  const mean = sum / numbers.length;
  const value = reckoning.aggregate === 'sum' ? sum : isWhole ? Math.trunc(mean) : mean;
  if (!Number.isFinite(value)) throw tooLarge(reckoning);
  return cells[0] instanceof Money ? new Money(value) : value;
}

function reckonedWhole(numbers: readonly bigint[], { aggregate }: Reckoning): bigint {
  const sum = numbers.reduce((one, other) => one + other, 0n);
  return aggregate === 'sum' ? sum : sum / BigInt(numbers.length);
}

const wholeOf = (number: number | bigint): bigint =>
  typeof number === 'bigint' ? number : BigInt(Math.trunc(number));

function numberOf(cell: Cell, { aggregate, column }: Reckoning): number | bigint {
  if (typeof cell === 'number' || typeof cell === 'bigint') return cell;
  if (cell instanceof Money) return cell.value;
  throw new DataverseFault(
    'InvalidArgument',
    `Column '${column}' has values that are neither numbers nor amounts, and so there is no ${aggregate}.`,
  );
}

const tooLarge = ({ aggregate, column }: Reckoning): DataverseFault =>
  new DataverseFault('InvalidArgument', `The ${aggregate} of column '${column}' is too large.`);
