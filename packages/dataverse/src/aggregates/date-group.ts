/** dateGroup: the part of a date by which records make groups. */
import { DataverseFault } from '../faults/dataverse-fault.ts';
import type { AttributeMetadata } from '../metadata/attribute-metadata.ts';
import { yearOf } from '../query/date-parts.ts';
import { DAY_MS, type LocalMs } from '../query/date-zone.ts';
import type { FiscalPeriodType } from '../query/fiscal-calendar.ts';
import type { QueryEnvironment } from '../query/query-environment.ts';
import type { DateGrouping, SelectedColumn } from '../query/query.ts';
import { type Cell, Instant } from '../store/cell.ts';

/** What periods of a fiscal year are called. */
const PERIODS: Readonly<Record<FiscalPeriodType, string>> = {
  Annually: 'Year',
  SemiAnnually: 'Semester',
  Quarterly: 'Quarter',
  Monthly: 'Month',
  FourWeekPeriod: 'P',
};

/** Where and how a column is grouped. */
export interface DateGroupScope {
  readonly column: SelectedColumn;
  readonly attribute: AttributeMetadata | undefined;
  readonly environment: QueryEnvironment;
}

/**
 * The part of a date; `undefined` for no date.
 *
 * @throws DataverseFault for anything else
 */
export function dateGroup(cell: Cell | undefined, scope: DateGroupScope): Cell | undefined {
  if (cell === undefined) return undefined;
  if (!(cell instanceof Instant)) {
    throw new DataverseFault('InvalidArgument', 'Can only do date grouping of DateTime values');
  }
  const { column, environment } = scope;
  const local = isLocal(scope) ? environment.zone.localOf(cell.ms) : cell.ms;
  return partOf(local, column.dateGrouping as DateGrouping, environment);
}

/** Only moments are in a time zone, and dates alone are not. */
function isLocal({ column, attribute }: DateGroupScope): boolean {
  if (column.inUserTimeZone === false) return false;
  const behavior = attribute?.type === 'DateTime' ? attribute.behavior : undefined;
  return behavior === undefined || behavior === 'UserLocal';
}

function partOf(local: LocalMs, grouping: DateGrouping, environment: QueryEnvironment): Cell {
  const date = new Date(local);
  const month = date.getUTCMonth();
  switch (grouping) {
    case 'day':
      return date.getUTCDate();
    case 'week':
      return weekNumber(local, environment.firstDayOfWeek);
    case 'month':
      return month + 1;
    case 'quarter':
      return Math.floor(month / 3) + 1;
    case 'year':
      return date.getUTCFullYear();
    case 'fiscal-period': {
      const { year, period } = environment.fiscal.periodOf(local);
      return `${PERIODS[environment.fiscal.periodType]} ${period} FY${year}`;
    }
    case 'fiscal-year':
      return `FY${environment.fiscal.periodOf(local).year}`;
  }
}

/** The first week of a year is the one that has the first of January, however short it is. */
function weekNumber(local: LocalMs, firstDay: number): number {
  const start = yearOf(local);
  const days = Math.floor((local - start) / DAY_MS);
  const shift = (new Date(start).getUTCDay() - firstDay + 7) % 7;
  return Math.floor((days + shift) / 7) + 1;
}
