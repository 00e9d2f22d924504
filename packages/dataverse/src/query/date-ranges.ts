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

/** A moment by the time between it and that of the query, whatever the clock on the wall was changed by meanwhile. */
export interface Elapsed {
  /** Less than 0 before it. */
  readonly sinceNowMs: number;
}

/** From when, and until when; one that is not given is open. */
export type DateRange = readonly [
  from: LocalMs | Elapsed | undefined,
  to: LocalMs | Elapsed | undefined,
];

/** The clock shows it twice where it is put back, so it is not said by what the clock shows. */
const NOW: Elapsed = { sinceNowMs: 0 };

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
  Last7Days: ({ now }) => [addDays(dayOf(now), -7), NOW],
  Next7Days: ({ now }) => [NOW, addDays(dayOf(now), 8)],
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

/** So many hours or minutes after the one began that the clock shows. */
function whole(unitMs: number, now: LocalMs, count: number): Elapsed {
  return { sinceNowMs: Math.floor(now / unitMs) * unitMs - now + count * unitMs };
}

/** Months and years in a number with which dates can be reckoned; there are fewer of them in any calendar. */
const capped = (count: number): number => Math.min(count, 120_000);

/** Ranges by operator, of those that take a number. */
export const RANGES_OF: Partial<Readonly<Record<Operator, RangeOf>>> = {
  LastXHours: ({ now }, x) => [whole(HOUR_MS, now, -x), NOW],
  NextXHours: ({ now }, x) => [NOW, whole(HOUR_MS, now, x + 1)],
  LastXDays: ({ now }, x) => [addDays(dayOf(now), -x), NOW],
  NextXDays: ({ now }, x) => [NOW, addDays(dayOf(now), x + 1)],
  LastXWeeks: ({ now }, x) => [addDays(dayOf(now), -7 * x), NOW],
  NextXWeeks: ({ now }, x) => [NOW, addDays(dayOf(now), 7 * x + 1)],
  LastXMonths: ({ now }, x) => [addMonths(dayOf(now), -capped(x)), NOW],
  NextXMonths: ({ now }, x) => [NOW, addMonths(tomorrow(now), capped(x))],
  LastXYears: ({ now }, x) => [addMonths(dayOf(now), -12 * capped(x)), NOW],
  NextXYears: ({ now }, x) => [NOW, addMonths(tomorrow(now), 12 * capped(x))],
  OlderThanXMinutes: ({ now }, x) => [undefined, whole(60_000, now, -x)],
  OlderThanXHours: ({ now }, x) => [undefined, whole(HOUR_MS, now, -x)],
  OlderThanXDays: ({ now }, x) => [undefined, addDays(dayOf(now), -x)],
  OlderThanXWeeks: ({ now }, x) => [undefined, addDays(dayOf(now), -7 * x)],
  OlderThanXMonths: ({ now }, x) => [undefined, addMonths(dayOf(now), -capped(x))],
  OlderThanXYears: ({ now }, x) => [undefined, addMonths(dayOf(now), -12 * capped(x))],
  LastXFiscalYears: ({ now, fiscal }, x) => [
    fiscal.startOf({ year: fiscal.periodOf(now).year - capped(x), period: 1 }),
    NOW,
  ],
  NextXFiscalYears: ({ now, fiscal }, x) => [
    NOW,
    fiscal.startOf({ year: fiscal.periodOf(now).year + capped(x) + 1, period: 1 }),
  ],
  LastXFiscalPeriods: ({ now, fiscal }, x) => {
    const { year, period } = fiscal.periodOf(now);
    return [fiscal.startOf({ year, period: period - capped(x) }), NOW];
  },
  NextXFiscalPeriods: ({ now, fiscal }, x) => {
    const { year, period } = fiscal.periodOf(now);
    return [NOW, fiscal.startOf({ year, period: period + capped(x) + 1 })];
  },
  InFiscalYear: ({ fiscal }, year) => [
    fiscal.startOf({ year, period: 1 }),
    fiscal.startOf({ year: year + 1, period: 1 }),
  ],
};
