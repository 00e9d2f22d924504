/** ColumnSet: which columns are asked for. */

/** Which columns are asked for. Never changes. */
export class ColumnSet {
  readonly allColumns: boolean;
  readonly columns: readonly string[];

  /** All of them, or those that are named. */
  constructor(columns: boolean | readonly string[] = false) {
    this.allColumns = columns === true;
    this.columns = Object.freeze(Array.isArray(columns) ? [...(columns as string[])] : []);
    Object.freeze(this);
  }
}
