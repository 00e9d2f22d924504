/** FiscalCalendar: when fiscal years and their periods begin. */
import { unexpected } from '@interpose/kernel/options';
import { addDays, addMonths, dayAt } from './date-parts.ts';
import type { LocalMs } from './date-zone.ts';

/** How a fiscal year is divided. */
export type FiscalPeriodType =
  | 'Annually'
  | 'SemiAnnually'
  | 'Quarterly'
  | 'Monthly'
  | 'FourWeekPeriod';

/** When fiscal years begin, and how they are divided. */
export interface FiscalYearSettings {
  /** The first day of a fiscal year; which year it is in does not matter. @default the first of January */
  readonly startDate?: Date;
  /** @default 'Quarterly' */
  readonly periodType?: FiscalPeriodType;
}

/** A period of a fiscal year; both begin with 1. */
export interface FiscalPeriod {
  readonly year: number;
  readonly period: number;
}

const MONTHS: Partial<Readonly<Record<FiscalPeriodType, number>>> = {
  Annually: 12,
  SemiAnnually: 6,
  Quarterly: 3,
  Monthly: 1,
};

const COUNTS: Readonly<Record<FiscalPeriodType, number>> = {
  Annually: 1,
  SemiAnnually: 2,
  Quarterly: 4,
  Monthly: 12,
  FourWeekPeriod: 13,
};

/** Fiscal years, each of which has the number of the year in which it begins. */
export class FiscalCalendar {
  readonly periodType: FiscalPeriodType;
  /** How many periods a year has. */
  readonly periods: number;
  readonly #month: number;
  readonly #day: number;

  /** @throws TypeError for settings that make no sense */
  constructor({ startDate, periodType = 'Quarterly' }: FiscalYearSettings = {}) {
    if (startDate !== undefined && !(startDate instanceof Date && startDate.getTime() <= 8.64e15)) {
      throw unexpected('startDate', 'a date', startDate);
    }
    if (!Object.hasOwn(COUNTS, periodType)) {
      throw unexpected('periodType', Object.keys(COUNTS).join(', '), periodType);
    }
    this.periodType = periodType;
    this.periods = COUNTS[periodType];
    this.#month = startDate ? startDate.getUTCMonth() + 1 : 1;
    this.#day = startDate ? startDate.getUTCDate() : 1;
  }

  /** When a period begins; those beyond the last one are in the next years, and 0 is the last one of the year before. */
  startOf({ year, period }: FiscalPeriod): LocalMs {
    const years = Math.floor((period - 1) / this.periods);
    const start = dayAt(year + years, this.#month, this.#day);
    const index = period - 1 - years * this.periods;
    const months = MONTHS[this.periodType];
    return months === undefined ? addDays(start, 28 * index) : addMonths(start, months * index);
  }

  /** In which period a day is. */
  periodOf(local: LocalMs): FiscalPeriod {
    let year = new Date(local).getUTCFullYear();
    if (this.startOf({ year, period: 1 }) > local) year--;
    let period = this.periods;
    while (period > 1 && this.startOf({ year, period }) > local) period--;
    return { year, period };
  }
}
