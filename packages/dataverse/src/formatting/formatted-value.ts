/** formattedValue: what people are shown for the value of a column. */
import type {
  AttributeMetadata,
  BooleanAttributeMetadata,
  DateTimeAttributeMetadata,
  OptionMetadata,
} from '../metadata/attribute-metadata.ts';
import type { MetadataBook } from '../metadata/metadata-book.ts';
import type { DateZone } from '../query/date-zone.ts';
import { EntityReference } from '../records/entity-reference.ts';
import { Money } from '../records/money.ts';
import { OptionSetValue, OptionSetValueCollection } from '../records/option-set-value.ts';
import { type Cell, Instant } from '../store/cell.ts';
import type { Store } from '../store/store.ts';
import { intlDate } from './date-pattern.ts';

/** For whom values are shown, and where the names of records are. */
export interface Showing {
  readonly store: Store;
  readonly metadata: MetadataBook;
  readonly locale: string;
  readonly zone: DateZone;
}

/** A cell of a row. */
export interface ShownCell {
  readonly cell: Cell;
  readonly column: AttributeMetadata | undefined;
  /** The row that has it, which knows the currency of its amounts. */
  readonly cells: Readonly<Record<string, Cell>>;
}

/** What people are shown; `undefined` for what is shown as it is. */
export function formattedValue(shown: ShownCell, showing: Showing): string | undefined {
  const { cell, column } = shown;
  if (typeof cell === 'string') return undefined;
  if (cell instanceof OptionSetValue) return labelOf(column, cell.value);
  if (cell instanceof OptionSetValueCollection) {
    const labels = cell.values.map((value) => labelOf(column, value));
    return labels.includes(undefined) ? undefined : labels.join('; ');
  }
  if (cell instanceof EntityReference) return nameOf(cell, showing);
  if (cell instanceof Money) return moneyText(cell.value, shown, showing);
  if (cell instanceof Instant) return instantText(cell.ms, column, showing);
  if (typeof cell === 'boolean') return booleanText(cell, column);
  return typeof cell === 'number' ? numberText(cell, column, showing.locale) : undefined;
}

/** What the record is called to which a reference points: by its table's primary name, or as the reference says. */
export function nameOf(
  reference: EntityReference,
  { store, metadata }: Pick<Showing, 'store' | 'metadata'>,
): string | undefined {
  const { logicalName, id, name } = reference;
  const column = metadata.primaryNameOf(logicalName);
  const cell = column === undefined ? undefined : store.table(logicalName).get(id)?.cells[column];
  return typeof cell === 'string' ? cell : name;
}

function labelOf(column: AttributeMetadata | undefined, value: number): string | undefined {
  const options =
    column && 'options' in column ? (column.options as readonly OptionMetadata[]) : [];
  return options.find((option) => option.value === value)?.label;
}

function booleanText(value: boolean, column: AttributeMetadata | undefined): string {
  const { trueLabel = 'Yes', falseLabel = 'No' } = (column ??
    {}) as Partial<BooleanAttributeMetadata>;
  return value ? trueLabel : falseLabel;
}

const DAY: Intl.DateTimeFormatOptions = { year: 'numeric', month: 'numeric', day: 'numeric' };
const TIME: Intl.DateTimeFormatOptions = { hour: 'numeric', minute: '2-digit' };

function instantText(
  ms: number,
  column: AttributeMetadata | undefined,
  { locale, zone }: Showing,
): string {
  const { behavior = 'UserLocal', format } = (column ?? {}) as Partial<DateTimeAttributeMetadata>;
  const local = behavior === 'UserLocal' ? zone.localOf(ms) : ms;
  const day = intlDate(locale, DAY).format(local);
  if (behavior === 'DateOnly' || format === 'DateOnly') return day;
  // Some languages have a narrow blank before what tells morning from evening.
  return `${day} ${intlDate(locale, TIME).format(local).replaceAll('\u202F', ' ')}`;
}

function numberText(
  value: number,
  column: AttributeMetadata | undefined,
  locale: string,
): string | undefined {
  if (!column || !('precision' in column || column.type === 'Integer')) return undefined;
  const digits =
    column.type === 'Integer' ? 0 : ((column as { precision?: number }).precision ?? 2);
  return digitsText(value, digits, locale);
}

function moneyText(
  value: number,
  { cells, column }: ShownCell,
  { store, locale }: Showing,
): string {
  const currency = cells['transactioncurrencyid'];
  const row =
    currency instanceof EntityReference
      ? store.table(currency.logicalName).get(currency.id)
      : undefined;
  const own = row?.cells['currencyprecision'];
  const { precisionSource = 2, precision } = (column ?? {}) as {
    precisionSource?: number;
    precision?: number;
  };
  const usual = precisionSource === 2 && typeof own === 'number' ? own : precision;
  const text = digitsText(Math.abs(value), usual ?? 2, locale);
  const symbol = row?.cells['currencysymbol'];
  return `${value < 0 ? '-' : ''}${typeof symbol === 'string' ? symbol : ''}${text}`;
}

const formats = new Map<string, Intl.NumberFormat>();

function digitsText(value: number, digits: number, locale: string): string {
  const key = `${locale} ${digits}`;
  let format = formats.get(key);
  if (!format) {
    const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
    format = new Intl.NumberFormat(locale, options);
    formats.set(key, format);
  }
  return format.format(value);
}
