/** TextColumn: the texts of one column as they are compared, side by side, so that all of them can be gone through quickly. */
import type { Guid } from '../records/guid.ts';
import { folded } from './cell.ts';
import type { Row } from './row.ts';

/** The folded texts of a column. */
export class TextColumn {
  readonly column: string;
  readonly #ids: Guid[] = [];
  readonly #texts: string[] = [];
  readonly #places = new Map<Guid, number>();

  constructor(column: string, rows: Iterable<Row>) {
    this.column = column;
    for (const row of rows) this.#add(row);
  }

  /** How many rows have a text. */
  get size(): number {
    return this.#ids.length;
  }

  /** The ids of the rows whose text fits. */
  *fitting(fits: (folded: string) => boolean): Iterable<Guid> {
    const texts = this.#texts;
    for (let at = 0; at < texts.length; at++) {
      if (fits(texts[at] as string)) yield this.#ids[at] as Guid;
    }
  }

  /** Puts a row in the place of what it was before. */
  replace(before: Row | undefined, after: Row | undefined): void {
    const { column } = this;
    if (before && after && before.cells[column] === after.cells[column]) return;
    if (before) this.#delete(before);
    if (after) this.#add(after);
  }

  #add({ id, cells }: Row): void {
    const cell = cells[this.column];
    if (typeof cell !== 'string') return;
    this.#places.set(id, this.#ids.length);
    this.#ids.push(id);
    this.#texts.push(folded(cell));
  }

  /** The last one takes its place. */
  #delete({ id }: Row): void {
    const at = this.#places.get(id);
    if (at === undefined) return;
    this.#places.delete(id);
    const lastId = this.#ids.pop() as Guid;
    const lastText = this.#texts.pop() as string;
    if (at === this.#ids.length) return;
    this.#ids[at] = lastId;
    this.#texts[at] = lastText;
    this.#places.set(lastId, at);
  }
}
