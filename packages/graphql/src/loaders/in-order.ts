/** inOrder, grouped: rows as a database gives them, put in the order of the keys that were asked for. */

/**
 * One row for each key, in the order of the keys, and `null` where there is none. Of several rows with the same key it is the first.
 *
 * @example
 * users: async (ids: readonly string[]) => inOrder(ids, await db.usersByIds(ids), ({ id }) => id),
 */
export function inOrder<K, Row>(
  keys: readonly K[],
  rows: Iterable<Row>,
  keyOf: (row: Row) => K,
): (Row | null)[] {
  const found = new Map<K, Row>();
  for (const row of rows) {
    const key = keyOf(row);
    if (!found.has(key)) found.set(key, row);
  }
  return keys.map((key) => found.get(key) ?? null);
}

/**
 * All rows of each key, in the order of the keys, and an empty list where there is none.
 *
 * @example
 * postsOf: async (authors: readonly string[]) => grouped(authors, await db.postsBy(authors), ({ author }) => author),
 */
export function grouped<K, Row>(
  keys: readonly K[],
  rows: Iterable<Row>,
  keyOf: (row: Row) => K,
): Row[][] {
  const found = new Map<K, Row[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const group = found.get(key);
    if (group) group.push(row);
    else found.set(key, [row]);
  }
  return keys.map((key) => [...(found.get(key) ?? [])]);
}
