/** numberCell: a number as the cell of a column, within its range and with as many digits as it keeps. */
import { DataverseFault } from '../faults/dataverse-fault.ts';
import type { NumberAttributeMetadata } from '../metadata/attribute-metadata.ts';
import type { Cell } from '../store/cell.ts';
import { type ColumnPlace, wrongType } from './column-place.ts';

/** @throws DataverseFault for what the column cannot have */
export function numberCell(
  cell: Cell,
  place: ColumnPlace,
  column: NumberAttributeMetadata,
): number | bigint {
  const { type } = column;
  if (type === 'BigInt') {
    return typeof cell === 'bigint' || Number.isSafeInteger(cell)
      ? (cell as bigint | number)
      : wrongType(place, 'BigInt', cell);
  }
  if (typeof cell !== 'number') return wrongType(place, type, cell);
  if (type === 'Integer' && !Number.isInteger(cell)) return wrongType(place, 'Integer', cell);
  const [least, most] = RANGES[type];
  const { minValue = least, maxValue = most, precision } = column;
  if (cell < minValue || cell > maxValue) throw outside(place, type === 'Integer');
  return type === 'Integer' || precision === undefined ? cell : rounded(cell, precision);
}

const RANGES = {
  Integer: [-2_147_483_648, 2_147_483_647],
  Decimal: [-100_000_000_000, 100_000_000_000],
  Double: [-100_000_000_000, 100_000_000_000],
} as const;

/** The fault for a number outside of the range of its column. */
export function outside({ logicalName, column }: ColumnPlace, isWhole = false): DataverseFault {
  const what = isWhole ? 'An integer' : 'A decimal value';
  return new DataverseFault(
    isWhole ? 'IntegerValueOutOfRange' : 'DecimalValueOutOfRange',
    `A validation error occurred. ${what} provided is outside of the allowed values for this attribute. Attribute: ${column.logicalName} of ${logicalName}.`,
  );
}

/** A number with so many digits behind the point; halves go away from zero, as they are written. */
export function rounded(value: number, digits: number): number {
  const [mantissa = '0', exponent = '0'] = String(Math.abs(value)).split('e');
  const shifted = Math.round(Number(`${mantissa}e${Number(exponent) + digits}`));
  const [whole = '0', power = '0'] = String(shifted).split('e');
  return Math.sign(value) * Number(`${whole}e${Number(power) - digits}`);
}
