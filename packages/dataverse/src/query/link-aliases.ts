/** LinkAliases: what the links of a query are called, those that nobody has named among them. */
import { DataverseFault } from '../faults/dataverse-fault.ts';

const FORM = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * An alias that can be one.
 *
 * @throws DataverseFault if it has other characters than letters, digits and `_`
 */
export function checkAlias(alias: string): string {
  if (FORM.test(alias)) return alias;
  throw new DataverseFault(
    'InvalidArgument',
    `Invalid character specified for alias: ${alias.slice(0, 60)}. Only characters within the ranges [A-Z], [a-z] or [0-9] or _ are allowed. The first character may only be in the ranges [A-Z], [a-z] or _.`,
  );
}

/** Gives names to links: that of the table, and a number. */
export class LinkAliases {
  readonly #taken: ReadonlySet<string>;
  #count = 0;

  /** `taken` are the names that links have been given. */
  constructor(taken: Iterable<string> = []) {
    this.#taken = new Set(taken);
  }

  /** The alias of a link: its own, or a new one. */
  of(alias: string | undefined, entity: string): string {
    if (alias !== undefined) return checkAlias(alias);
    let made: string;
    do made = `${entity}${++this.#count}`;
    while (this.#taken.has(made));
    return made;
  }
}
