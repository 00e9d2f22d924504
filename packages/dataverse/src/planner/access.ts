/** Access: by what the rows of one table are found that may fit a filter. It may find others as well: all are tested afterwards. */
import type { ConditionNode, FilterTree, LinkNode } from '../query/compiled-filter.ts';
import type { Guid } from '../records/guid.ts';
import type { Key } from '../store/cell.ts';
import type { HashIndex } from '../store/hash-index.ts';
import type { Indexed, IndexKind, Indexes } from '../store/index-shelf.ts';
import type { Table } from '../store/table.ts';

/** A way to rows. */
export interface Access {
  readonly by: 'id' | 'hash index' | 'ordered index' | 'text column' | 'linked rows' | 'union';
  readonly on: string;
  /** About how many rows it comes to. */
  readonly rows: number;
  ids(): Iterable<Guid>;
}

/** A table in a query, and what may be done for it. */
export interface AccessScope {
  readonly table: Table;
  readonly place: number;
  readonly primaryId: string;
  /** Whether indexes are made that are asked for often; explaining a query makes none. */
  readonly makes: boolean;
}

/** With so few rows there is no need to look for anything better. */
const FEW = 64;
/** Of how many texts one may fit, where nobody knows. */
const FITTING_TEXT = 0.1;
/** How many keys are counted one by one. */
const MOST_COUNTED = 200;

/** The way to the fewest rows, by indexes that are there or else by those that should be. */
export function accessFor(parts: readonly FilterTree[], scope: AccessScope): Access | undefined {
  if (!parts.length) return undefined;
  const { table, place, primaryId } = scope;
  const known = fewest(parts, { table, place, primaryId, makes: false });
  if (!scope.makes || (known && known.rows <= FEW)) return known;
  return fewest(parts, scope);
}

/** That of two ways which comes to fewer rows. */
export const fewer = (one: Access | undefined, other: Access | undefined): Access | undefined =>
  !one || (other && other.rows < one.rows) ? other : one;

function fewest(parts: readonly FilterTree[], scope: AccessScope): Access | undefined {
  let best: Access | undefined;
  for (const part of parts) best = fewer(best, partAccess(part, scope));
  return best;
}

function partAccess(part: FilterTree, scope: AccessScope): Access | undefined {
  switch (part.kind) {
    case 'condition':
      return part.place === scope.place ? conditionAccess(part, scope) : undefined;
    case 'and':
      return fewest(part.parts, scope);
    case 'or':
      return unionOf(part.parts.map((one) => partAccess(one, scope)));
    case 'link':
      return part.place === scope.place ? linkAccess(part, scope) : undefined;
    case 'columns':
      return undefined;
  }
}

/** All of them, or none: a row may fit any part. */
function unionOf(parts: readonly (Access | undefined)[]): Access | undefined {
  const known = parts.filter((part) => part !== undefined);
  if (!parts.length || known.length < parts.length) return undefined;
  if (known.length === 1) return known[0];
  return {
    by: 'union',
    on: known.map(({ by, on }) => `${by} of ${on}`).join(', '),
    rows: known.reduce((sum, { rows }) => sum + rows, 0),
    ids: () => new Set(known.flatMap((part) => [...part.ids()])),
  };
}

function conditionAccess(node: ConditionNode, scope: AccessScope): Access | undefined {
  const { sought, condition, isOpposite } = node;
  const { column } = condition;
  if (isOpposite) return undefined;
  if (sought.kind === 'keys') return keyAccess(column, sought.keys, scope);
  if (sought.kind === 'range') {
    const index = indexFor('ordered', column, scope);
    if (!index) return undefined;
    const stretch = { from: sought.from?.at, to: sought.to?.at };
    return {
      by: 'ordered index',
      on: column,
      rows: index.count(stretch),
      ids: () => index.within(stretch),
    };
  }
  if (sought.kind !== 'text') return undefined;
  const texts = indexFor('text', column, scope);
  return (
    texts && {
      by: 'text column',
      on: column,
      rows: Math.ceil(texts.size * FITTING_TEXT),
      ids: () => texts.fitting(sought.fits),
    }
  );
}

/** The way to rows by values of a column. */
export interface KeyWay {
  readonly by: 'id' | 'hash index';
  /** About how many rows have the same value. */
  readonly rowsPerKey: number;
  /** About how many rows have one of some values. */
  rows(keys: ReadonlySet<Key>): number;
  ids(keys: ReadonlySet<Key>): Iterable<Guid>;
}

/** The way to rows by values of a column, if there is one. */
export function keyWay(column: string, scope: AccessScope): KeyWay | undefined {
  if (column === scope.primaryId) return ID_WAY;
  const index = indexFor('hash', column, scope);
  return (
    index && {
      by: 'hash index',
      rowsPerKey: index.rows / (index.size || 1),
      rows: (keys) => countIn(index, keys),
      ids: (keys) => idsIn(index, keys),
    }
  );
}

const ID_WAY: KeyWay = {
  by: 'id',
  rowsPerKey: 1,
  rows: (keys) => keys.size,
  ids: (keys) => [...keys].filter((key) => typeof key === 'string'),
};

function keyAccess(column: string, keys: ReadonlySet<Key>, scope: AccessScope): Access | undefined {
  const way = keyWay(column, scope);
  return way && { by: way.by, on: column, rows: way.rows(keys), ids: () => way.ids(keys) };
}

function linkAccess({ test, found }: LinkNode, scope: AccessScope): Access | undefined {
  if (!found || found.about > scope.table.size) return undefined;
  const { to, entity } = test.link;
  const way = keyWay(to, scope);
  return (
    way && {
      by: 'linked rows',
      on: entity,
      rows: Math.ceil(found.about * way.rowsPerKey),
      ids: () => way.ids(found.keys()),
    }
  );
}

/** An index of a column. */
export function indexFor<Kind extends IndexKind>(
  kind: Kind,
  on: Indexed,
  { table, makes }: AccessScope,
): Indexes[Kind] | undefined {
  return makes ? table.indexes.ask(kind, on) : table.indexes.find(kind, on);
}

function countIn(index: HashIndex, keys: ReadonlySet<Key>): number {
  if (keys.size > MOST_COUNTED) return Math.ceil((keys.size * index.rows) / (index.size || 1));
  let count = 0;
  for (const key of keys) count += index.count(key);
  return count;
}

function idsIn(index: HashIndex, keys: ReadonlySet<Key>): Iterable<Guid> {
  const [only] = keys;
  if (keys.size === 1) return index.idsOf(only as Key);
  return [...keys].flatMap((key) => [...index.idsOf(key)]);
}
