/** Hierarchies: records of a table that refer to others of it. Circles end where they began. */
import type { Guid } from '../records/guid.ts';
import type { Store } from '../store/store.ts';
import { idIn } from './query-environment.ts';

/** A table whose records refer to the one above them. */
export interface Hierarchy {
  readonly entity: string;
  readonly parentColumn: string;
}

/** The ids of all records below one, which itself is not among them. */
export function below(store: Store, { entity, parentColumn }: Hierarchy, id: Guid): Set<Guid> {
  const table = store.table(entity);
  const found = new Set<Guid>();
  if (!table.size) return found;
  const children = table.index(parentColumn);
  const open = [id];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const child of children.idsOf(next)) {
      if (child === id || found.has(child)) continue;
      found.add(child);
      open.push(child);
    }
  }
  return found;
}

/** The ids of all records above one, which itself is not among them. */
export function above(store: Store, { entity, parentColumn }: Hierarchy, id: Guid): Set<Guid> {
  const table = store.table(entity);
  const found = new Set<Guid>();
  let next = idIn(table.get(id)?.cells[parentColumn]);
  while (next !== undefined && next !== id && !found.has(next)) {
    found.add(next);
    next = idIn(table.get(next)?.cells[parentColumn]);
  }
  return found;
}
