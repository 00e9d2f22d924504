/** Trip: the rules there are for opening the circuit, by name. */
import { checkNames, unexpected } from '@interpose/kernel/options';
import { Consecutive, consecutiveOf, type ConsecutiveTrip } from './consecutive.ts';
import { countOf, type CountTrip, CountWindow } from './count-window.ts';
import { ratioOf, type RatioTrip, TimeWindow } from './time-window.ts';
import type { TripRule } from './trip-rule.ts';

/** When the circuit opens: by a share of the calls of some time, by a share of the last calls, or by failures in a row. */
export type TripOptions = RatioTrip | CountTrip | ConsecutiveTrip;

/** The same with nothing left out. */
export type Trip = Required<RatioTrip> | Required<CountTrip> | Required<ConsecutiveTrip>;

const NAMES: Readonly<Record<string, readonly string[]>> = {
  ratio: ['kind', 'failureRatio', 'minimumCalls', 'windowMs', 'buckets'],
  count: ['kind', 'size', 'failureRatio', 'minimumCalls'],
  consecutive: ['kind', 'failures'],
};

/**
 * Checks the options of a rule and adds what they leave out.
 *
 * @throws TypeError or RangeError for options out of range
 */
export function tripOf(options: TripOptions): Trip {
  if (typeof options !== 'object' || options === null) {
    throw unexpected('trip', 'an object with a `kind`', options);
  }
  const names = Object.hasOwn(NAMES, options.kind) ? NAMES[options.kind] : undefined;
  if (!names) throw unexpected('trip.kind', `'ratio', 'count' or 'consecutive'`, options.kind);
  checkNames(`a trip of kind "${options.kind}"`, options, names);
  switch (options.kind) {
    case 'ratio':
      return ratioOf(options);
    case 'count':
      return countOf(options);
    case 'consecutive':
      return consecutiveOf(options);
  }
}

/** Makes a rule that has counted nothing yet. */
export function ruleOf(trip: Trip, slowRatio: number): TripRule {
  switch (trip.kind) {
    case 'ratio':
      return new TimeWindow(trip, slowRatio);
    case 'count':
      return new CountWindow(trip, slowRatio);
    case 'consecutive':
      return new Consecutive(trip);
  }
}

/** True where what one rule has counted means the same to the other. Limits are not counts. */
export function countsAlike(one: Trip, other: Trip): boolean {
  if (one.kind === 'ratio' && other.kind === 'ratio') {
    return one.windowMs === other.windowMs && one.buckets === other.buckets;
  }
  if (one.kind === 'count' && other.kind === 'count') return one.size === other.size;
  return one.kind === other.kind;
}
