/** What conditions about dates have in common: the frame in which they reckon, the numbers that they take, and ranges as the store has them. */
import { DataverseFault } from '../faults/dataverse-fault.ts';
import { OptionSetValue } from '../records/option-set-value.ts';
import type { Bound, ConditionPlace, Sought } from './condition-rules.ts';
import { dayAt } from './date-parts.ts';
import type { DateFrame, DateRange, Elapsed } from './date-ranges.ts';
import { type DateZone, type LocalMs, UTC_ZONE } from './date-zone.ts';

const EARLIEST = dayAt(1, 1, 1);
const LATEST = dayAt(9999, 12, 31);

/** The frame for the user who asks. */
export function frameOf({ environment }: ConditionPlace): DateFrame {
  const { localNow, firstDayOfWeek, fiscal } = environment;
  return { now: localNow, firstDayOfWeek, fiscal };
}

/** The zone in which a column has its dates: those without a zone of their own are kept as the clock on the wall shows them. */
export function zoneOf({ attribute, environment }: ConditionPlace): DateZone {
  const behavior = attribute?.type === 'DateTime' ? attribute.behavior : undefined;
  return behavior === 'DateOnly' || behavior === 'TimeZoneIndependent'
    ? UTC_ZONE
    : environment.zone;
}

/**
 * A whole number that is given to a condition.
 *
 * @throws DataverseFault for anything else
 */
export function countIn(value: unknown, { operator }: ConditionPlace): number {
  const given = value instanceof OptionSetValue ? value.value : value;
  const isText = typeof given === 'string' && /^\s*\+?\d{1,10}\s*$/.test(given);
  const number = typeof given === 'bigint' || isText ? Number(given) : given;
  if (typeof number === 'number' && Number.isInteger(number) && number >= 1) {
    // Beyond that it is the beginning or the end of all times anyway.
    return Math.min(number, 2 ** 31);
  }
  throw new DataverseFault(
    'InvalidArgument',
    `Condition operator '${operator}' requires a whole number, 1 or more, not '${String(value)}'`,
  );
}

/**
 * What is between two moments on the wall.
 *
 * @throws DataverseFault if the column has no dates
 */
export function soughtWithin([from, to]: DateRange, place: ConditionPlace): Sought {
  checkDates(place);
  const zone = zoneOf(place);
  const { environment } = place;
  const now = zone === environment.zone ? environment.now : environment.localNow;
  const boundAt = (end: LocalMs | Elapsed, isIn: boolean): Bound => ({
    at: typeof end === 'number' ? zone.momentOf(bounded(end)) : bounded(now + end.sinceNowMs),
    isIn,
  });
  return {
    kind: 'range',
    // What has no beginning begins with all times, so that it is one of dates.
    from: boundAt(from ?? EARLIEST, true),
    ...(to !== undefined && { to: boundAt(to, false) }),
  };
}

/** @throws DataverseFault if the column has no dates */
export function checkDates({ operator, attribute }: ConditionPlace): void {
  if (!attribute || attribute.type === 'DateTime') return;
  throw new DataverseFault(
    'InvalidArgument',
    `Condition operator '${operator}' is for dates, and column '${attribute.logicalName}' is of type ${attribute.type}.`,
  );
}

/** What dates can be reckoned with at all; what is too far away has come out as no number. */
export function bounded(local: LocalMs): LocalMs {
  if (Number.isNaN(local)) return EARLIEST;
  return Math.min(LATEST, Math.max(EARLIEST, local));
}
