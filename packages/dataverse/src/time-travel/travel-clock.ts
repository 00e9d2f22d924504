/** travelClock: a clock that stands still until a test moves it. */
import type { Clock } from '@interpose/kernel';
import { checkMs, unexpected } from '@interpose/kernel/options';

/** A clock under command. */
export interface TravelClock extends Clock {
  /** The moment that it shows. */
  readonly date: Date;
  /** Moves time on, and fires what falls due, in its order. */
  advance(ms: number): void;
  /** Goes to a moment. On the way forward it fires what falls due; on the way back nothing becomes due. */
  travelTo(moment: Date | string): void;
}

interface Timer {
  readonly dueMs: number;
  readonly run: () => void;
}

/** A clock that shows `start`, and goes on showing it. */
export function travelClock(start: Date | string = '2024-01-01T00:00:00Z'): TravelClock {
  let wall = momentOf(start);
  let now = 0;
  const timers: Timer[] = [];
  const advance = (ms: number): void => {
    const until = now + checkMs('ms', ms);
    for (let timer = timers[0]; timer && timer.dueMs <= until; timer = timers[0]) {
      timers.shift();
      wall += timer.dueMs - now;
      now = timer.dueMs;
      timer.run();
    }
    wall += until - now;
    now = until;
  };
  return {
    now: () => now,
    wall: () => wall,
    get date() {
      return new Date(wall);
    },
    advance,
    travelTo(moment) {
      const to = momentOf(moment);
      if (to >= wall) advance(to - wall);
      else wall = to;
    },
    setTimer(run, afterMs) {
      if (typeof afterMs !== 'number' || Number.isNaN(afterMs)) {
        throw unexpected('afterMs', 'a number of milliseconds', afterMs);
      }
      const timer: Timer = { dueMs: now + Math.max(0, afterMs), run };
      const before = timers.findLastIndex(({ dueMs }) => dueMs <= timer.dueMs);
      if (timer.dueMs < Infinity) timers.splice(before + 1, 0, timer);
      return () => {
        const at = timers.indexOf(timer);
        if (at >= 0) timers.splice(at, 1);
      };
    },
  };
}

function momentOf(moment: Date | string): number {
  const ms = moment instanceof Date ? moment.getTime() : Date.parse(moment);
  if (Number.isNaN(ms)) throw unexpected('moment', 'a date', moment);
  return ms;
}
