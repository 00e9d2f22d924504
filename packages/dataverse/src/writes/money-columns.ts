/** Money columns: the currency of a record, the rate at which it stood, and amounts in the currency of the organization. */
import type { OrganizationContext } from '../context/request-context.ts';
import type { MoneyAttributeMetadata } from '../metadata/attribute-metadata.ts';
import type { EntityMetadata } from '../metadata/entity-metadata.ts';
import { EntityReference } from '../records/entity-reference.ts';
import { Money } from '../records/money.ts';
import type { Cell } from '../store/cell.ts';
import { outside, rounded } from './column-numbers.ts';
import { writeRulesOf } from './write-rules.ts';

type Cells = Record<string, Cell>;

/** Whose record of which table is written. */
export interface MoneyScope {
  readonly entity: EntityMetadata;
  readonly context: OrganizationContext;
  /** The user whose currency it is where no other is named. */
  readonly userId: string;
}

const CURRENCY = 'transactioncurrencyid';
const USUAL_DIGITS = 2;

/**
 * Rounds the amounts of a record, and says what they are in the currency of the organization. `names` are the columns that were given; the
 * rate stays as it was if there are no amounts and no currency among them.
 *
 * @throws DataverseFault for an amount outside of the range of its column
 */
export function addMoney(cells: Cells, names: Iterable<string>, scope: MoneyScope): void {
  const { entity, context } = scope;
  const { amounts } = writeRulesOf(entity);
  if (!amounts.length) return;
  const given = new Set(names);
  const touched = amounts.filter(({ logicalName }) => given.has(logicalName));
  if (!touched.length && !given.has(CURRENCY)) return;
  const has = (name: string): boolean => Object.hasOwn(entity.attributes, name);
  if (cells[CURRENCY] === undefined && has(CURRENCY)) {
    const currency = usualCurrency(scope);
    if (currency) cells[CURRENCY] = currency;
  }
  const currency = rowOfReference(context, cells[CURRENCY]);
  for (const column of touched) round(cells, column, { scope, currency });
  if (!currency) return;
  const rate = Number(currency['exchangerate'] ?? 1);
  if (has('exchangerate')) cells['exchangerate'] = rate;
  const digits = digitsOf(baseCurrency(context) ?? currency);
  for (const { logicalName } of amounts) {
    const base = `${logicalName}_base`;
    const amount = cells[logicalName];
    if (!has(base)) continue;
    if (amount instanceof Money) cells[base] = new Money(rounded(amount.value / rate, digits));
    else delete cells[base];
  }
}

interface Rounding {
  readonly scope: MoneyScope;
  readonly currency: Readonly<Cells> | undefined;
}

function round(cells: Cells, column: MoneyAttributeMetadata, { scope, currency }: Rounding): void {
  const { logicalName, precision, precisionSource = 2 } = column;
  const amount = cells[logicalName];
  if (!(amount instanceof Money)) return;
  const digits =
    precisionSource === 0
      ? (precision ?? USUAL_DIGITS)
      : precisionSource === 1
        ? pricingDigits(scope.context)
        : currency
          ? digitsOf(currency)
          : (precision ?? USUAL_DIGITS);
  const value = rounded(amount.value, digits);
  const { minValue = -MOST, maxValue = MOST } = column;
  if (value < minValue || value > maxValue) {
    throw outside({ logicalName: scope.entity.logicalName, column });
  }
  if (value !== amount.value) cells[logicalName] = new Money(value);
}

/** What a column of money can hold at all. */
const MOST = 922_337_203_685_477;

function digitsOf(currency: Readonly<Cells>): number {
  const digits = currency['currencyprecision'];
  return typeof digits === 'number' ? digits : USUAL_DIGITS;
}

function pricingDigits(context: OrganizationContext): number {
  const digits = organizationRow(context)?.['pricingdecimalprecision'];
  return typeof digits === 'number' ? digits : USUAL_DIGITS;
}

function usualCurrency({ context, userId }: MoneyScope): EntityReference | undefined {
  const own = userSettings(context, userId)?.[CURRENCY];
  const usual = own ?? organizationRow(context)?.['basecurrencyid'];
  return usual instanceof EntityReference ? usual : undefined;
}

/** User settings have the id of their user, or name him. */
function userSettings({ store }: OrganizationContext, userId: string): Readonly<Cells> | undefined {
  const table = store.table('usersettings');
  const [id = userId] = table.size ? table.index('systemuserid').idsOf(userId) : [];
  return table.get(id)?.cells;
}

function baseCurrency(context: OrganizationContext): Readonly<Cells> | undefined {
  return rowOfReference(context, organizationRow(context)?.['basecurrencyid']);
}

function organizationRow({ store }: OrganizationContext): Readonly<Cells> | undefined {
  for (const { cells } of store.table('organization').rows()) return cells;
  return undefined;
}

function rowOfReference(
  { store }: OrganizationContext,
  reference: Cell | undefined,
): Readonly<Cells> | undefined {
  if (!(reference instanceof EntityReference)) return undefined;
  return store.table(reference.logicalName).get(reference.id)?.cells;
}
