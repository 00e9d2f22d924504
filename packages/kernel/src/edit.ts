/** Edits a list of middleware by name: without, replace, insert before or after. */
import { UnknownMiddlewareError } from './errors.ts';
import { suggestion } from './option.ts';
import type { Entry } from './order.ts';

interface Options {
  readonly optional?: boolean;
}

/** Without the entries of that name. */
export function remove(entries: readonly Entry[], name: string, options?: Options): Entry[] {
  find(entries, name, options);
  return entries.filter(({ layer }) => layer.name !== name);
}

/** With others in the place of each entry of that name, or with each changed. */
export function replace(
  entries: readonly Entry[],
  name: string,
  change: readonly Entry[] | ((entry: Entry) => Entry),
  options?: Options,
): Entry[] {
  find(entries, name, options);
  return entries.flatMap((entry) => {
    if (entry.layer.name !== name) return [entry];
    if (typeof change === 'function') return [change(entry)];
    // The newcomer stands where the old one stood, with the same wishes.
    return change.map((one) => ({ ...entry, layer: one.layer, origin: one.origin }));
  });
}

/** With others directly before (side 0) or after (side 1) the first entry of that name, in its phase. */
export function insert(
  entries: readonly Entry[],
  name: string,
  added: readonly Entry[],
  { side, ...options }: Options & { readonly side: 0 | 1 },
): Entry[] {
  const index = find(entries, name, options);
  if (index < 0) return [...entries];
  const { phase, priority } = entries[index] as Entry;
  const placed = added.map((entry) => ({ ...entry, phase, priority }));
  return entries.toSpliced(index + side, 0, ...placed);
}

function find(entries: readonly Entry[], name: string, { optional = false }: Options = {}): number {
  const index = entries.findIndex(({ layer }) => layer.name === name);
  if (index < 0 && !optional) {
    const names = entries.map(({ layer }) => layer.name);
    throw new UnknownMiddlewareError(
      `No middleware is named "${name}". ${suggestion(name, names)}`,
    );
  }
  return index;
}
