/** The operators about dates: days, weeks, months and years, counted from the moment of the query in the zone of the user. */
import { DataverseFault } from '../faults/dataverse-fault.ts';
import { Instant } from '../store/cell.ts';
import {
  type ConditionPlace,
  type ConditionRule,
  type ConditionRules,
  opposite,
} from './condition-rules.ts';
import { countIn, frameOf, soughtWithin, zoneOf } from './date-frame.ts';
import { addDays, dayOf } from './date-parts.ts';
import { type DateRange, RANGES_NOW, RANGES_OF } from './date-ranges.ts';
import type { LocalMs } from './date-zone.ts';
import type { Operator } from './operator.ts';

/** A date, with a time that does not count and a zone that may be missing. */
const DATE = /^(\d{4}-\d{2}-\d{2})(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/i;

/** The day that a value names: as it is written if it has no zone, and else as the clock of the user shows it. */
function dayIn(value: unknown, place: ConditionPlace): LocalMs {
  const text = typeof value === 'string' ? DATE.exec(value.trim()) : undefined;
  if (text && text[2] === undefined) {
    const day = Date.parse(`${text[1]}T00:00:00Z`);
    if (!Number.isNaN(day)) return day;
  }
  const ms =
    value instanceof Date
      ? value.getTime()
      : value instanceof Instant
        ? value.ms
        : text
          ? Date.parse((value as string).trim().replace(' ', 'T'))
          : Number.NaN;
  if (Number.isNaN(ms)) {
    throw new DataverseFault(
      'InvalidArgument',
      `Condition operator '${place.operator}' requires a date, not '${String(value)}'`,
    );
  }
  return dayOf(zoneOf(place).localOf(ms));
}

const ofDay = (rangeOf: (day: LocalMs) => DateRange): ConditionRule => ({
  values: 1,
  takes: 'given',
  seek: ([value], place) => soughtWithin(rangeOf(dayIn(value, place)), place),
});

const on = ofDay((day) => [day, addDays(day, 1)]);

function rules(): ConditionRules {
  const made: { [Name in Operator]?: ConditionRule } = {
    On: on,
    NotOn: opposite(on),
    OnOrBefore: ofDay((day) => [undefined, addDays(day, 1)]),
    OnOrAfter: ofDay((day) => [day, undefined]),
  };
  for (const [operator, rangeOf] of Object.entries(RANGES_NOW)) {
    made[operator as Operator] = {
      values: 0,
      seek: (_, place) => soughtWithin(rangeOf(frameOf(place)), place),
    };
  }
  for (const [operator, rangeOf] of Object.entries(RANGES_OF)) {
    made[operator as Operator] = {
      values: 1,
      takes: 'given',
      seek: ([value], place) => soughtWithin(rangeOf(frameOf(place), countIn(value, place)), place),
    };
  }
  return made;
}

/** The rules. */
export const DATE_RULES: ConditionRules = rules();
