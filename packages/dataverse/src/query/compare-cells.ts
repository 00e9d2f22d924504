/** compareCells: the order of two cells that are not empty. */
import { type Cell, compareScalars, kindOf, scalarOf } from '../store/cell.ts';

/** Less than 0 if the first comes first, more than 0 if the second does, 0 if they are the same; `undefined` if they are of different kinds. */
export function compareCells(one: Cell, other: Cell): number | undefined {
  const [a, b] = [scalarOf(one), scalarOf(other)];
  return kindOf(a) === kindOf(b) ? compareScalars(a, b) : undefined;
}
