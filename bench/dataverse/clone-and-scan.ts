/** CloneAndScan: a fake that keeps records as they are given, copies all of a table for each query, and then goes through the copies. */

/** A record as such a fake has it. */
export type Plain = Record<string, unknown>;

/** Tables of records by id. */
export class CloneAndScan {
  readonly #tables = new Map<string, Map<string, Plain>>();

  create(table: string, id: string, record: Plain): string {
    const records = this.#tables.get(table) ?? new Map<string, Plain>();
    this.#tables.set(table, records);
    records.set(id, { ...record, [`${table}id`]: id });
    return id;
  }

  retrieve(table: string, id: string): Plain | undefined {
    const record = this.#tables.get(table)?.get(id);
    return record && { ...record };
  }

  find(table: string, fits: (record: Plain) => boolean): Plain[] {
    return Array.from(this.#tables.get(table)?.values() ?? [], (record) => ({ ...record })).filter(
      fits,
    );
  }
}
