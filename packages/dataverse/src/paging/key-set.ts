/** KeySet: where pages of rows in order begin, by what a cookie says of the page before; rows that came or went since do not matter. */
import { DataverseFault } from '../faults/dataverse-fault.ts';
import type { Joined } from '../query/compiled-filter.ts';
import type { Page } from '../query/query.ts';
import { EntityReference } from '../records/entity-reference.ts';
import { parseGuid } from '../records/guid.ts';
import { OptionSetValueCollection } from '../records/option-set-value.ts';
import {
  type Cell,
  compareScalars,
  folded,
  Instant,
  type Scalar,
  scalarOf,
} from '../store/cell.ts';
import { type CookieColumn, type PagingCookie, readCookie, writeCookie } from './paging-cookie.ts';

/** Something by which rows are in order. */
export interface CookieKey {
  /** What it is called in a cookie. */
  readonly name: string;
  readonly descending: boolean;
  /** The value; a text, where rows are in the order of names or labels. */
  cellOf(rows: Joined): Cell | undefined;
}

/** The id of the rows in one place, by which those that are the same otherwise are in order. */
export interface IdKey {
  readonly name: string;
  readonly at: number;
}

/** An end of a page. */
interface Mark {
  readonly texts: readonly (string | undefined)[];
  readonly ids: readonly (string | undefined)[];
}

/** The order of rows, as cookies have it. */
export class KeySet {
  readonly #keys: readonly CookieKey[];
  readonly #ids: readonly IdKey[];

  constructor(keys: readonly CookieKey[], ids: readonly IdKey[]) {
    this.#keys = keys;
    this.#ids = ids;
  }

  /** The cookie of a page that has these rows. */
  cookieOf(page: number, rows: readonly Joined[]): string {
    const columns = new Map<string, CookieColumn>();
    const [first, last] = [rows[0], rows.at(-1)];
    if (first && last) {
      for (const key of this.#keys) {
        const columnOf = (row: Joined): string | undefined => textOf(key.cellOf(row));
        columns.set(key.name, { first: columnOf(first), last: columnOf(last) });
      }
      for (const { name, at } of this.#ids) {
        if (columns.has(name)) continue;
        columns.set(name, { first: idText(first[at]?.id), last: idText(last[at]?.id) });
      }
    }
    return writeCookie({ page, columns });
  }

  /**
   * Where a page begins among all rows, which are in order.
   *
   * @throws DataverseFault for a cookie that is none, or belongs to another query
   */
  startOf(rows: readonly Joined[], { number, size, cookie }: Page): number {
    const known = cookieIn(cookie);
    if (!known) return (number - 1) * size;
    const isBehind = number > known.page;
    const mark = this.#markOf(known, isBehind ? 'last' : 'first');
    const isThere = this.#comparison(rows, mark);
    const found = rows.findIndex((row) => isThere(row) > (isBehind ? 0 : -1));
    const start = found < 0 ? rows.length : found;
    const pages = isBehind ? number - known.page - 1 : number - known.page;
    return Math.max(0, start + pages * size);
  }

  /**
   * The rows behind the page of a cookie, in the order in which they are given, and how many pages of them are not wanted; `undefined` if the
   * page that is wanted is not behind it.
   *
   * @throws DataverseFault for a cookie that is none, or belongs to another query
   */
  behind(
    rows: readonly Joined[],
    { number, cookie }: Page,
  ): { readonly rows: readonly Joined[]; readonly pages: number } | undefined {
    const known = cookieIn(cookie);
    if (!known || number <= known.page) return undefined;
    const order = this.#comparison(rows, this.#markOf(known, 'last'));
    return { rows: rows.filter((row) => order(row) > 0), pages: number - known.page - 1 };
  }

  #markOf({ columns }: PagingCookie, end: keyof CookieColumn): Mark {
    const column = ({ name }: { readonly name: string }): string | undefined => {
      const found = columns.get(name);
      if (found) return found[end];
      throw new DataverseFault('InvalidArgument', 'The paging cookie belongs to another query.');
    };
    const ids = this.#ids.map((id) => {
      const text = column(id);
      return text === undefined ? undefined : (parseGuid(text) ?? text);
    });
    return { texts: this.#keys.map(column), ids };
  }

  /** How rows stand to a mark. A row that is there as it was says best what it is compared by. */
  #comparison(rows: readonly Joined[], mark: Mark): (row: Joined) => number {
    const same = rows.find((row) => this.#isAt(row, mark));
    const keys = this.#keys.map((key, at) =>
      same ? scalarAt(same, key) : scalarIn(rows, key, mark.texts[at]),
    );
    return (row) => this.#compare(row, keys, mark.ids);
  }

  #isAt(row: Joined, { texts, ids }: Mark): boolean {
    return (
      this.#ids.every(({ at }, index) => row[at]?.id === ids[index]) &&
      this.#keys.every((key, index) => textOf(key.cellOf(row)) === texts[index])
    );
  }

  #compare(
    row: Joined,
    keys: readonly (Scalar | undefined)[],
    ids: readonly (string | undefined)[],
  ): number {
    // It is asked of every row that there is: iterators would cost more than all else.
    for (let index = 0; index < keys.length; index++) {
      const key = this.#keys[index] as CookieKey;
      const order = compareEmpty(scalarAt(row, key), keys[index]);
      if (order !== 0) return key.descending ? -order : order;
    }
    for (let index = 0; index < ids.length; index++) {
      const { at } = this.#ids[index] as IdKey;
      const order = compareEmpty(row[at]?.id, ids[index]);
      if (order !== 0) return order;
    }
    return 0;
  }
}

/** What a cookie says; `undefined` for one that says no more than that there was a page. */
function cookieIn(cookie: string | undefined): PagingCookie | undefined {
  const known = cookie === undefined ? undefined : readCookie(cookie);
  return known?.columns.size ? known : undefined;
}

function scalarAt(row: Joined, key: CookieKey): Scalar | undefined {
  const cell = key.cellOf(row);
  return cell === undefined ? undefined : scalarOf(cell);
}

function compareEmpty(one: Scalar | undefined, other: Scalar | undefined): number {
  if (one === undefined || other === undefined) {
    return one === other ? 0 : one === undefined ? -1 : 1;
  }
  return compareScalars(one, other);
}

const idText = (id: string | undefined): string | undefined =>
  id === undefined ? undefined : `{${id.toUpperCase()}}`;

function textOf(cell: Cell | undefined): string | undefined {
  if (cell === undefined) return undefined;
  if (cell instanceof Instant) return new Date(cell.ms).toISOString();
  if (cell instanceof EntityReference) return idText(cell.id);
  return typeof cell === 'string' ? (idTextOf(cell) ?? cell) : String(scalarOf(cell));
}

/** Ids are written as ids, where they stand in a column as text. */
const idTextOf = (text: string): string | undefined => idText(parseGuid(text));

/** What a text of a cookie is compared as: as the cells of the column are. */
function scalarIn(
  rows: readonly Joined[],
  key: CookieKey,
  text: string | undefined,
): Scalar | undefined {
  if (text === undefined) return undefined;
  let sample: Cell | undefined;
  for (const row of rows) {
    sample = key.cellOf(row);
    if (sample !== undefined) break;
  }
  return scalarLike(sample, text);
}

function scalarLike(sample: Cell | undefined, text: string): Scalar {
  if (sample === undefined || sample instanceof OptionSetValueCollection) return text;
  if (typeof sample === 'string' || sample instanceof EntityReference) {
    return parseGuid(text) ?? folded(text);
  }
  if (typeof sample === 'boolean') return text === 'true';
  const number = sample instanceof Instant ? Date.parse(text) : Number(text);
  if (!Number.isNaN(number)) return number;
  throw new DataverseFault('InvalidArgument', 'The paging cookie belongs to another query.');
}
