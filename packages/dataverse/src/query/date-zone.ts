/** DateZone: the days and hours of a time zone, changes between summer and winter included. */
import { unexpected } from '@interpose/kernel/options';

/**
 * What a clock on the wall shows, in milliseconds as if it hung in UTC: days are all of the same length in it, and it can be reckoned with.
 */
export type LocalMs = number;

/** One hour. */
export const HOUR_MS = 3_600_000;
/** One day on the wall. */
export const DAY_MS: number = 24 * HOUR_MS;

/** A time zone. */
export interface DateZone {
  readonly name: string;
  /** What the clock on the wall shows at a moment. */
  localOf(ms: number): LocalMs;
  /** The first moment at which the clock shows it, or shows more if it never does. */
  momentOf(local: LocalMs): number;
}

/** The zone in which the wall shows UTC. */
export const UTC_ZONE: DateZone = {
  name: 'UTC',
  localOf: (ms) => ms,
  momentOf: (local) => local,
};

const zones = new Map<string, DateZone>([['UTC', UTC_ZONE]]);

/**
 * The zone of a name such as `Europe/Berlin`.
 *
 * @throws TypeError if there is none
 */
export function dateZone(name: string): DateZone {
  const known = zones.get(name);
  if (known) return known;
  const zone = new NamedZone(name);
  zones.set(name, zone);
  return zone;
}

class NamedZone implements DateZone {
  readonly name: string;
  readonly #format: Intl.DateTimeFormat;

  constructor(name: string) {
    this.name = name;
    try {
      this.#format = new Intl.DateTimeFormat('en-US', {
        timeZone: name,
        hourCycle: 'h23',
        year: 'numeric',
        month: 'numeric',
        day: 'numeric',
        hour: 'numeric',
        minute: 'numeric',
        second: 'numeric',
        era: 'short',
      });
    } catch {
      throw unexpected('timeZone', 'the name of a time zone, such as `Europe/Berlin`', name);
    }
  }

  localOf(ms: number): LocalMs {
    const parts: Record<string, string> = Object.create(null) as Record<string, string>;
    for (const { type, value } of this.#format.formatToParts(ms)) parts[type] = value;
    const number = (type: string): number => Number(parts[type]);
    const year = parts['era'] === 'BC' ? 1 - number('year') : number('year');
    const date = new Date(0);
    date.setUTCFullYear(year, number('month') - 1, number('day'));
    date.setUTCHours(number('hour'), number('minute'), number('second'));
    // The remainder, which is less than a second, is the same everywhere.
    return date.getTime() + (((ms % 1000) + 1000) % 1000);
  }

  momentOf(local: LocalMs): number {
    const before = local - (this.localOf(local - DAY_MS) - (local - DAY_MS));
    const after = local - (this.localOf(local + DAY_MS) - (local + DAY_MS));
    for (const moment of [Math.min(before, after), Math.max(before, after)]) {
      if (this.localOf(moment) === local) return moment;
    }
    // The clock is put forward over it: as long afterwards as it would have been before.
    return before;
  }
}
