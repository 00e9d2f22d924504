/** Dates as columns take them: which are too early, and what a text means. */
import { DataverseFault } from '../faults/dataverse-fault.ts';
import { Instant } from '../store/cell.ts';

const EARLIEST = Date.UTC(1753, 0, 1);
const LATEST = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** @throws DataverseFault for a date that no column can have */
export function earliestChecked(instant: Instant, name: string): Instant {
  if (instant.ms >= EARLIEST && instant.ms <= LATEST) return instant;
  throw new DataverseFault(
    'InvalidArgument',
    `The date ${new Date(instant.ms).toISOString()} of ${name} is not one from 1753-01-01 to 9999-12-31.`,
  );
}

const FORM =
  /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,7})?)?)(Z|[+-]\d{2}:\d{2})?)?$/i;

/** The moment that a text means; without a zone it is one of UTC. `undefined` if it means none. */
export function instantOfText(text: string): Instant | undefined {
  const [, day, time = '00:00', zone = 'Z'] = FORM.exec(text.trim()) ?? [];
  if (day === undefined) return undefined;
  const ms = Date.parse(`${day}T${time}${zone.toUpperCase()}`);
  return Number.isNaN(ms) || !isDay(day) ? undefined : new Instant(ms);
}

/** Whether the month has the day: `Date.parse` makes the 31st of April the 1st of May. */
function isDay(day: string): boolean {
  return new Date(`${day}T00:00Z`).toISOString().startsWith(day);
}
