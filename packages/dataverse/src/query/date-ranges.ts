/** The stretches of time that operators about dates mean: from a moment on the wall, which belongs to them, to one that does not. */
import { addDays, addMonths, dayOf, monthOf, weekOf, yearOf } from './date-parts.ts';
import { HOUR_MS, type LocalMs } from './date-zone.ts';
import type { FiscalCalendar } from './fiscal-calendar.ts';
import type { Operator } from './operator.ts';

/** What they are reckoned from. */
export interface DateFrame {
  readonly now: LocalMs;
  readonly firstDayOfWeek: number;
  readonly fiscal: FiscalCalendar;
}

/** From when, and until when; one that is not given is open. */
export type DateRange = readonly [from: LocalMs | undefined, to: LocalMs | undefined];

/** A range that depends on the moment alone. */
type RangeNow = (frame: DateFrame) => DateRange;
/** A range that depends on a number, too. */
type RangeOf = (frame: DateFrame, count: number) => DateRange;

const daysFrom =
  (first: number, count: number): RangeNow =>
  ({ now }) => [addDays(dayOf(now), first), addDays(dayOf(now), first + count)];

const weekFrom =
  (weeks: number): RangeNow =>
  ({ now, firstDayOfWeek }) => {
    const start = addDays(weekOf(now, firstDayOfWeek), 7 * weeks);
    return [start, addDays(start, 7)];
  };

const monthsFrom =
  (startOf: (local: LocalMs) => LocalMs, first: number, count: number): RangeNow =>
  ({ now }) => [addMonths(startOf(now), first), addMonths(startOf(now), first + count)];

const fiscalYearFrom =
  (years: number): RangeNow =>
  ({ now, fiscal }) => {
    const year = fiscal.periodOf(now).year + years;
    return [fiscal.startOf({ year, period: 1 }), fiscal.startOf({ year: year + 1, period: 1 })];
  };

const fiscalPeriodFrom =
  (periods: number): RangeNow =>
  ({ now, fiscal }) => {
    const { year, period } = fiscal.periodOf(now);
    const at = period + periods;
    return [fiscal.startOf({ year, period: at }), fiscal.startOf({ year, period: at + 1 })];
  };

/** Ranges by operator. */
export const RANGES_NOW: Partial<Readonly<Record<Operator, RangeNow>>> = {
  Yesterday: daysFrom(-1, 1),
  Today: daysFrom(0, 1),
  Tomorrow: daysFrom(1, 1),
  Last7Days: ({ now }) => [addDays(dayOf(now), -7), now],
  Next7Days: ({ now }) => [now, addDays(dayOf(now), 8)],
  LastWeek: weekFrom(-1),
  ThisWeek: weekFrom(0),
  NextWeek: weekFrom(1),
  LastMonth: monthsFrom(monthOf, -1, 1),
  ThisMonth: monthsFrom(monthOf, 0, 1),
  NextMonth: monthsFrom(monthOf, 1, 1),
  LastYear: monthsFrom(yearOf, -12, 12),
  ThisYear: monthsFrom(yearOf, 0, 12),
  NextYear: monthsFrom(yearOf, 12, 12),
  LastFiscalYear: fiscalYearFrom(-1),
  ThisFiscalYear: fiscalYearFrom(0),
  NextFiscalYear: fiscalYearFrom(1),
  LastFiscalPeriod: fiscalPeriodFrom(-1),
  ThisFiscalPeriod: fiscalPeriodFrom(0),
  NextFiscalPeriod: fiscalPeriodFrom(1),
};

const tomorrow = (now: LocalMs): LocalMs => addDays(dayOf(now), 1);
const hourOf = (now: LocalMs): LocalMs => Math.floor(now / HOUR_MS) * HOUR_MS;
const minuteOf = (now: LocalMs): LocalMs => Math.floor(now / 60_000) * 60_000;

/** Months and years in a number with which dates can be reckoned; there are fewer of them in any calendar. */
const capped = (count: number): number => Math.min(count, 120_000);

/** Ranges by operator, of those that take a number. */
export const RANGES_OF: Partial<Readonly<Record<Operator, RangeOf>>> = {
  LastXHours: ({ now }, x) => [hourOf(now) - x * HOUR_MS, now],
  NextXHours: ({ now }, x) => [now, hourOf(now) + (x + 1) * HOUR_MS],
  LastXDays: ({ now }, x) => [addDays(dayOf(now), -x), now],
  NextXDays: ({ now }, x) => [now, addDays(dayOf(now), x + 1)],
  LastXWeeks: ({ now }, x) => [addDays(dayOf(now), -7 * x), now],
  NextXWeeks: ({ now }, x) => [now, addDays(dayOf(now), 7 * x + 1)],
  LastXMonths: ({ now }, x) => [addMonths(dayOf(now), -capped(x)), now],
  NextXMonths: ({ now }, x) => [now, addMonths(tomorrow(now), capped(x))],
  LastXYears: ({ now }, x) => [addMonths(dayOf(now), -12 * capped(x)), now],
  NextXYears: ({ now }, x) => [now, addMonths(tomorrow(now), 12 * capped(x))],
  OlderThanXMinutes: ({ now }, x) => [undefined, minuteOf(now) - x * 60_000],
  OlderThanXHours: ({ now }, x) => [undefined, hourOf(now) - x * HOUR_MS],
  OlderThanXDays: ({ now }, x) => [undefined, addDays(dayOf(now), -x)],
  OlderThanXWeeks: ({ now }, x) => [undefined, addDays(dayOf(now), -7 * x)],
  OlderThanXMonths: ({ now }, x) => [undefined, addMonths(dayOf(now), -capped(x))],
  OlderThanXYears: ({ now }, x) => [undefined, addMonths(dayOf(now), -12 * capped(x))],
  LastXFiscalYears: ({ now, fiscal }, x) => [
    fiscal.startOf({ year: fiscal.periodOf(now).year - capped(x), period: 1 }),
    now,
  ],
  NextXFiscalYears: ({ now, fiscal }, x) => [
    now,
    fiscal.startOf({ year: fiscal.periodOf(now).year + capped(x) + 1, period: 1 }),
  ],
  LastXFiscalPeriods: ({ now, fiscal }, x) => {
    const { year, period } = fiscal.periodOf(now);
    return [fiscal.startOf({ year, period: period - capped(x) }), now];
  },
  NextXFiscalPeriods: ({ now, fiscal }, x) => {
    const { year, period } = fiscal.periodOf(now);
    return [now, fiscal.startOf({ year, period: period + capped(x) + 1 })];
  },
  InFiscalYear: ({ fiscal }, year) => [
    fiscal.startOf({ year, period: 1 }),
    fiscal.startOf({ year: year + 1, period: 1 }),
  ],
};
