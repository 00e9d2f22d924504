/** The operators about periods of fiscal years that are named by their numbers. */
import { DataverseFault } from '../faults/dataverse-fault.ts';
import { Instant } from '../store/cell.ts';
import type { ConditionPlace, ConditionRule, ConditionRules } from './condition-rules.ts';
import { bounded, checkDates, countIn, frameOf, soughtWithin, zoneOf } from './date-frame.ts';
import type { DateRange } from './date-ranges.ts';
import type { FiscalCalendar, FiscalPeriod } from './fiscal-calendar.ts';

/** @throws DataverseFault for a period that no year has */
function periodIn(value: unknown, place: ConditionPlace): number {
  const period = countIn(value, place);
  const { periods } = place.environment.fiscal;
  if (period <= periods) return period;
  throw new DataverseFault(
    'InvalidArgument',
    `Condition operator '${place.operator}' requires a period from 1 to ${periods}, not '${period}'`,
  );
}

const ofPeriodAndYear = (
  rangeOf: (fiscal: FiscalCalendar, period: FiscalPeriod) => DateRange,
): ConditionRule => ({
  values: 2,
  takes: 'given',
  seek: ([period, year], place) => {
    const named = { period: periodIn(period, place), year: countIn(year, place) };
    return soughtWithin(rangeOf(frameOf(place).fiscal, named), place);
  },
});

const next = ({ year, period }: FiscalPeriod): FiscalPeriod => ({ year, period: period + 1 });

/** A period of any year: whether a moment is in it is found by the bounds of that period in its own year and those beside it. */
const inPeriod: ConditionRule = {
  values: 1,
  takes: 'given',
  seek: ([value], place) => {
    checkDates(place);
    const period = periodIn(value, place);
    const { fiscal } = place.environment;
    const zone = zoneOf(place);
    const known = new Map<number, readonly [from: number, to: number]>();
    const boundsIn = (year: number): readonly [from: number, to: number] => {
      const bounds = known.get(year);
      if (bounds) return bounds;
      const named = { year, period };
      const from = zone.momentOf(bounded(fiscal.startOf(named)));
      const made = [from, zone.momentOf(bounded(fiscal.startOf(next(named))))] as const;
      known.set(year, made);
      return made;
    };
    const isIn = (ms: number, year: number): boolean => {
      const [from, to] = boundsIn(year);
      return ms >= from && ms < to;
    };
    return {
      kind: 'test',
      test: (cell) => {
        if (!(cell instanceof Instant)) return false;
        const year = new Date(cell.ms).getUTCFullYear();
        return [year - 1, year, year + 1].some((one) => isIn(cell.ms, one));
      },
    };
  },
};

/** The rules. */
export const FISCAL_RULES: ConditionRules = {
  InFiscalPeriod: inPeriod,
  InFiscalPeriodAndYear: ofPeriodAndYear((fiscal, period) => [
    fiscal.startOf(period),
    fiscal.startOf(next(period)),
  ]),
  InOrBeforeFiscalPeriodAndYear: ofPeriodAndYear((fiscal, period) => [
    undefined,
    fiscal.startOf(next(period)),
  ]),
  InOrAfterFiscalPeriodAndYear: ofPeriodAndYear((fiscal, period) => [
    fiscal.startOf(period),
    undefined,
  ]),
};
