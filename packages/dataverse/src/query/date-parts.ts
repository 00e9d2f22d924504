/** Days, weeks, months and years of the clock on the wall. */
import { DAY_MS, type LocalMs } from './date-zone.ts';

/** The beginning of a day. */
export const dayOf = (local: LocalMs): LocalMs => Math.floor(local / DAY_MS) * DAY_MS;

/** So many days on. */
export const addDays = (local: LocalMs, days: number): LocalMs => local + days * DAY_MS;

/** So many months on; where the month has no such day, its last one. */
export function addMonths(local: LocalMs, months: number): LocalMs {
  const date = new Date(local);
  const day = date.getUTCDate();
  date.setUTCMonth(date.getUTCMonth() + months, 1);
  const next = new Date(date.getTime());
  next.setUTCMonth(next.getUTCMonth() + 1, 0);
  return date.setUTCDate(Math.min(day, next.getUTCDate()));
}

/** The first of the month. */
export function monthOf(local: LocalMs): LocalMs {
  const date = new Date(dayOf(local));
  return date.setUTCDate(1);
}

/** The first of January. */
export function yearOf(local: LocalMs): LocalMs {
  const date = new Date(dayOf(local));
  return date.setUTCMonth(0, 1);
}

/** The first day of the week; 0 is Sunday. */
export function weekOf(local: LocalMs, firstDay: number): LocalMs {
  const day = dayOf(local);
  return addDays(day, -((new Date(day).getUTCDay() - firstDay + 7) % 7));
}

/** A day by its numbers; January is 1. */
export function dayAt(year: number, month: number, day: number): LocalMs {
  return new Date(0).setUTCFullYear(year, month - 1, day);
}
