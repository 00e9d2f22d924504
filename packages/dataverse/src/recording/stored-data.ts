/** StoredData: what an organization has, as records that belong to whoever asks for them; a test looks at it without a request. */
import type { Entity } from '../records/entity.ts';
import { type Guid, parseGuid } from '../records/guid.ts';
import type { Row } from '../store/row.ts';
import type { Store } from '../store/store.ts';

/** A row as a record of the caller's own. */
export type ShowRow = (logicalName: string, row: Row) => Entity;

/** Records by table, then by id. */
export class StoredData implements Iterable<
  readonly [logicalName: string, records: ReadonlyMap<Guid, Entity>]
> {
  readonly #store: Store;
  readonly #show: ShowRow;

  constructor(store: Store, show: ShowRow) {
    this.#store = store;
    this.#show = show;
  }

  /** The names of the tables that have records. */
  get tableNames(): readonly string[] {
    return this.#store.tableNames.filter((name) => this.#store.table(name).size > 0);
  }

  /** The records of a table by their ids; `undefined` if it has none. */
  get(logicalName: string): ReadonlyMap<Guid, Entity> | undefined {
    if (!this.#isKnown(logicalName)) return undefined;
    return new Map(this.records(logicalName).map((entity) => [entity.id, entity]));
  }

  /** The records of a table, in the order in which they came. */
  records(logicalName: string): Entity[] {
    if (!this.#isKnown(logicalName)) return [];
    return Array.from(this.#store.table(logicalName).rows(), (row) => this.#show(logicalName, row));
  }

  /** @throws TypeError if there is no such table, or no such record */
  getEntityById(logicalName: string, id: Guid): Entity {
    if (!this.#isKnown(logicalName)) {
      throw new TypeError(`The entity logical name '${logicalName}' is not valid.`);
    }
    const row = this.#store.table(logicalName).get(parseGuid(id) ?? '');
    if (row) return this.#show(logicalName, row);
    throw new TypeError(
      `The id parameter '${id}' for entity logical name '${logicalName}' is not valid.`,
    );
  }

  containsEntity(logicalName: string, id: Guid): boolean {
    return (
      this.#isKnown(logicalName) &&
      this.#store.table(logicalName).get(parseGuid(id) ?? '') !== undefined
    );
  }

  /** Takes all records away. */
  clear(): void {
    for (const name of this.tableNames) {
      for (const { id } of Array.from(this.#store.table(name).rows()))
        this.#store.put(name, id, undefined);
    }
  }

  *[Symbol.iterator](): Iterator<
    readonly [logicalName: string, records: ReadonlyMap<Guid, Entity>]
  > {
    for (const name of this.tableNames) yield [name, this.get(name) ?? new Map()];
  }

  /** Asking does not make a table. */
  #isKnown(logicalName: string): boolean {
    return this.tableNames.includes(logicalName);
  }
}
