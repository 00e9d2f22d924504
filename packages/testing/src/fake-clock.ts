/** fakeClock: time that stands still until a test moves it. */
import type { Clock } from '@interpose/kernel';
import { checkMs, checkNames, checkWhole, unexpected } from '@interpose/kernel/options';
import { ClockStuckError } from './errors.ts';
import { settle } from './settle.ts';

/** Options of `fakeClock`. */
export interface FakeClockOptions {
  /** What `now()` says at first. @default 0 */
  readonly startMs?: number;
  /** What `wall()` says at first, in milliseconds since 1970. @default 2024-01-01T00:00:00Z */
  readonly wallMs?: number;
}

/** A clock under command. */
export interface FakeClock extends Clock {
  /** How many timers wait for their time. One of `Infinity` never comes and is none, nor is one that its owner has let go of for now. */
  readonly pending: number;
  /** How far off the next timer is; `undefined` if there is none. */
  readonly nextInMs: number | undefined;
  /**
   * Moves time on and fires what falls due, in the order of time, and of arrival where the time is the same. Before
   * the first timer and after each one, everything that needs no time runs as far as it can (see `settle`), so a
   * timer that is set in consequence of another fires in the same call if it is due. Calls queue up.
   *
   * Rejects with a RangeError if `ms` is less than 0, with whatever a timer throws, and with ClockStuckError if timers
   * that take no time set each other without end.
   */
  advance(ms: number): Promise<void>;
  /** As `advance`, but lets nothing settle between timers. For code that is wholly synchronous. */
  advanceSync(ms: number): void;
  /**
   * Fires timers, and those that they set, until none is left.
   *
   * Rejects with ClockStuckError if that takes more than `limit` timers.
   */
  runAll(limit?: number): Promise<void>;
  /** Sets the wall clock forward or back, as an operator or a time server does; `now()` does not notice. */
  setWall(wallMs: number): void;
}

interface Timer {
  readonly dueMs: number;
  readonly run: () => void;
  held: boolean;
}

/** So many timers at one moment are no coincidence. */
const MOST_AT_ONCE = 10_000;

/**
 * A clock for tests: pass it as the option `clock`, and nothing waits.
 *
 * @throws TypeError or RangeError for options out of range
 * @example
 * const clock = fakeClock();
 * const answer = retry({ clock })(ctx, upstream);
 * await clock.advance(100);
 * expect(upstream.calls).toHaveLength(2);
 * expect(clock.pending).toBe(0);
 */
export function fakeClock(options: FakeClockOptions = {}): FakeClock {
  checkNames('fakeClock', options, ['startMs', 'wallMs']);
  let now = checkMs('startMs', options.startMs ?? 0);
  let wallAhead = checkMs('wallMs', options.wallMs ?? Date.UTC(2024, 0, 1)) - now;
  const timers: Timer[] = [];
  let turn: Promise<unknown> = Promise.resolve();

  /** Goes to the next timer that is due by then, and fires it; tells whether there was one. */
  const fire = (untilMs: number): boolean => {
    const timer = timers[0];
    if (!timer || timer.dueMs > untilMs) return false;
    timers.shift();
    now = Math.max(now, timer.dueMs);
    timer.run();
    return true;
  };
  const inTurn = (move: () => Promise<void>): Promise<void> => {
    const moved = turn.then(move);
    turn = moved.catch(() => {});
    return moved;
  };

  return {
    now: () => now,
    wall: () => now + wallAhead,
    setTimer(run, afterMs) {
      const timer: Timer = { dueMs: dueMs(now, afterMs), run, held: true };
      if (timer.dueMs < Infinity) insert(timers, timer);
      const cancel = (): void => {
        const at = timers.indexOf(timer);
        if (at >= 0) timers.splice(at, 1);
      };
      return Object.assign(cancel, { hold: (keepAlive: boolean) => void (timer.held = keepAlive) });
    },
    get pending() {
      return timers.filter(({ held }) => held).length;
    },
    get nextInMs() {
      return timers[0] && Math.max(0, timers[0].dueMs - now);
    },
    advance: (ms) =>
      inTurn(async () => {
        const untilMs = now + checkMs('ms', ms);
        const moved = stuckGuard(() => now);
        do await settle();
        while (fire(untilMs) && moved());
        now = Math.max(now, untilMs);
      }),
    advanceSync(ms) {
      const untilMs = now + checkMs('ms', ms);
      const moved = stuckGuard(() => now);
      while (fire(untilMs) && moved());
      now = Math.max(now, untilMs);
    },
    runAll: (limit = MOST_AT_ONCE) =>
      inTurn(async () => {
        let left = checkWhole('limit', limit, 1);
        for (await settle(); timers.length; await settle()) {
          if (left-- === 0) throw new ClockStuckError(limit, now);
          fire(Infinity);
        }
      }),
    setWall(wallMs) {
      wallAhead = checkMs('wallMs', wallMs) - now;
    },
  };
}

/** A delay in the past is due now; one that is no number is a fault of whoever asks. */
function dueMs(now: number, afterMs: number): number {
  if (typeof afterMs !== 'number' || Number.isNaN(afterMs)) {
    throw unexpected('afterMs', 'a number of milliseconds', afterMs);
  }
  return now + Math.max(0, afterMs);
}

/** Behind all that are due by the same time, so that arrival decides. */
function insert(timers: Timer[], timer: Timer): void {
  const before = timers.findLastIndex(({ dueMs }) => dueMs <= timer.dueMs);
  timers.splice(before + 1, 0, timer);
}

/** Complains when it is asked too often at one and the same moment. */
function stuckGuard(now: () => number): () => true {
  let at = now();
  let fired = 0;
  return () => {
    if (now() !== at) [at, fired] = [now(), 0];
    if (++fired > MOST_AT_ONCE) throw new ClockStuckError(fired, at);
    return true;
  };
}
