/** Cells: values as the store keeps them, none of which can change; and the way in and out. */
import { unexpected } from '@interpose/kernel/options';
import { type AttributeValue, Entity, EntityCollection } from '../records/entity.ts';
import { EntityReference } from '../records/entity-reference.ts';
import { Money } from '../records/money.ts';
import { OptionSetValue, OptionSetValueCollection } from '../records/option-set-value.ts';

/** A moment. Unlike a Date it never changes. */
export class Instant {
  /** Milliseconds since 1970 in UTC. */
  readonly ms: number;

  constructor(ms: number) {
    this.ms = ms;
    Object.freeze(this);
  }
}

/** Bytes that nobody else has. */
export class Bytes {
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes.slice();
  }

  /** A copy. */
  copy(): Uint8Array {
    return this.#bytes.slice();
  }
}

/** A record inside of another, as the parties of an activity are. */
export interface InnerRow {
  readonly logicalName: string;
  readonly id: string;
  readonly cells: Readonly<Record<string, Cell>>;
}

/** Records inside of another. */
export class InnerRows {
  readonly rows: readonly InnerRow[];

  constructor(rows: readonly InnerRow[]) {
    this.rows = Object.freeze(rows);
    Object.freeze(this);
  }
}

/** A value as the store keeps it; one that is empty is not kept. */
export type Cell =
  | string
  | number
  | bigint
  | boolean
  | Instant
  | Bytes
  | OptionSetValue
  | OptionSetValueCollection
  | Money
  | EntityReference
  | InnerRows;

/**
 * The cell of a value; `undefined` for an empty one.
 *
 * @throws TypeError for what no column can have
 */
export function cellOf(value: unknown, name: string): Cell | undefined {
  // Empty text is kept as none.
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value === 'object') return objectCell(value, name);
  if (typeof value === 'string' || typeof value === 'boolean' || typeof value === 'bigint') {
    return value;
  }
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw unexpected(name, EXPECTED, value);
}

function objectCell(value: object, name: string): Cell {
  if (
    value instanceof EntityReference ||
    value instanceof OptionSetValue ||
    value instanceof Money ||
    value instanceof OptionSetValueCollection
  ) {
    return value;
  }
  if (value instanceof Date) {
    const ms = value.getTime();
    if (Number.isNaN(ms)) throw unexpected(name, 'a date', value);
    return new Instant(ms);
  }
  if (value instanceof Uint8Array) return new Bytes(value);
  if (value instanceof EntityCollection) {
    return new InnerRows(value.entities.map((entity) => innerRow(entity, name)));
  }
  throw unexpected(name, EXPECTED, value);
}

const EXPECTED =
  'text, a number, true or false, a date, bytes, a choice, an amount, a reference or records';

function innerRow({ logicalName, id, attributes }: Entity, name: string): InnerRow {
  const cells = Object.create(null) as Record<string, Cell>;
  for (const [column, value] of Object.entries(attributes)) {
    const cell = cellOf(value, `${name}.${column}`);
    if (cell !== undefined) cells[column] = cell;
  }
  return Object.freeze({ logicalName, id, cells: Object.freeze(cells) });
}

/** The value of a cell, for callers to do with as they like. */
export function valueOf(cell: Cell): Exclude<AttributeValue, null> {
  if (typeof cell !== 'object') return cell;
  if (cell instanceof Instant) return new Date(cell.ms);
  if (cell instanceof Bytes) return cell.copy();
  if (cell instanceof InnerRows) return new EntityCollection(cell.rows.map(entityOf));
  return cell;
}

function entityOf({ logicalName, id, cells }: InnerRow): Entity {
  const entity = new Entity(logicalName, id);
  for (const [name, cell] of Object.entries(cells)) entity.set(name, valueOf(cell));
  return entity;
}

/** What indexes go by. */
export type Key = string | number | bigint | boolean;

/** What cells are put in order by. */
export type Scalar = string | number | bigint | boolean;

/** What is the same for cells that are equal; `undefined` for bytes, and for records inside of records, which nobody can look for. */
export function keyOf(cell: Cell): Key | undefined {
  if (typeof cell !== 'object') return typeof cell === 'string' ? folded(cell) : cell;
  if (cell instanceof EntityReference) return cell.id;
  if (cell instanceof OptionSetValue || cell instanceof Money) return cell.value;
  if (cell instanceof Instant) return cell.ms;
  return cell instanceof OptionSetValueCollection ? cell.values.join(',') : undefined;
}

/** What a cell is compared by: text without its case, numbers, ids. */
export function scalarOf(cell: Cell): Scalar {
  if (typeof cell === 'string') return folded(cell);
  if (cell instanceof InnerRows) return cell.rows.length;
  return keyOf(cell) ?? '';
}

/** Less than 0 if the first comes first, more than 0 if the second does, 0 if they are the same. Things of different kinds are in an order, too, though it means nothing. */
export function compareScalars(one: Scalar, other: Scalar): number {
  const kinds = kindOf(one) - kindOf(other);
  return kinds === 0 ? (one < other ? -1 : one > other ? 1 : 0) : kinds;
}

/** Only things of one kind can be compared in earnest. */
export function kindOf(scalar: Scalar): number {
  const type = typeof scalar;
  return type === 'string' ? 2 : type === 'boolean' ? 0 : 1;
}

/** Text as it is compared: neither case counts nor accents do, as in organizations in English and most others, nor blanks at its end. */
export function folded(text: string): string {
  const lower = BEYOND_ASCII.test(text) ? plainLetters(text) : text.toLowerCase();
  let end = lower.length;
  while (end > 0 && lower.charCodeAt(end - 1) === BLANK) end--;
  return end === lower.length ? lower : lower.slice(0, end);
}

const BLANK = 32;
const BEYOND_ASCII = /[\u0080-\uFFFF]/;
/** Where a mark makes another letter, as in the Cyrillic script, it is kept. */
const ACCENTED = /([\p{Script=Latin}\p{Script=Greek}])[\u0300-\u036F]+/gu;

/** What is no letter with an accent stays as it is. */
function plainLetters(text: string): string {
  return text.normalize('NFD').replace(ACCENTED, '$1').normalize('NFC').toLowerCase();
}
