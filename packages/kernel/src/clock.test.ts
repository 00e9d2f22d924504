/** The clock of the machine, and sleep; the machine's timers are a double, so that nobody waits. */
import { stat } from 'node:fs';
import { fakeClock, settle } from '@interpose/testing';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { type Clock, sleep, systemClock } from './clock.ts';

const LONGEST_MS = 2 ** 31 - 1;
const DAY_MS = 86_400_000;

afterEach(() => {
  // What a mock restores may be a double itself.
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe('systemClock', () => {
  test('now() never goes back; wall() is the time of day', () => {
    const first = systemClock.now();
    expect(systemClock.now()).toBeGreaterThanOrEqual(first);
    expect(Math.abs(systemClock.wall() - Date.now())).toBeLessThan(1000);
    vi.useFakeTimers({ now: 5000, toFake: ['Date'] });
    expect(systemClock.wall()).toBe(5000);
  });

  test('fires once, at its time and not before', () => {
    vi.useFakeTimers();
    const run = vi.fn();
    systemClock.setTimer(run, 100);
    vi.advanceTimersByTime(99);
    expect(run).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(run).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(1000);
    expect(run).toHaveBeenCalledTimes(1);
  });

  test('keeps delays longer than a platform timer can', () => {
    vi.useFakeTimers();
    const set = vi.spyOn(globalThis, 'setTimeout');
    const run = vi.fn();
    systemClock.setTimer(run, 60 * DAY_MS);
    vi.advanceTimersByTime(60 * DAY_MS - 1);
    expect(run).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(run).toHaveBeenCalledTimes(1);
    expect(set.mock.calls.map(([, ms]) => ms)).toEqual([
      LONGEST_MS,
      LONGEST_MS,
      60 * DAY_MS - 2 * LONGEST_MS,
    ]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('the longest that a platform timer takes is one timer', () => {
    vi.useFakeTimers();
    const set = vi.spyOn(globalThis, 'setTimeout');
    const run = vi.fn();
    systemClock.setTimer(run, LONGEST_MS);
    vi.advanceTimersByTime(LONGEST_MS);
    expect(run).toHaveBeenCalledTimes(1);
    expect(set).toHaveBeenCalledTimes(1);
  });

  test('a long one can be stopped in any of its parts, and twice', () => {
    vi.useFakeTimers();
    const run = vi.fn();
    const cancel = systemClock.setTimer(run, 60 * DAY_MS);
    vi.advanceTimersByTime(50 * DAY_MS);
    cancel();
    cancel();
    expect(vi.getTimerCount()).toBe(0);
    vi.advanceTimersByTime(60 * DAY_MS);
    expect(run).not.toHaveBeenCalled();
  });

  test('Infinity never comes and holds no timer; the past is due at once', () => {
    vi.useFakeTimers();
    const run = vi.fn();
    const cancel = systemClock.setTimer(run, Infinity);
    expect(vi.getTimerCount()).toBe(0);
    cancel();
    systemClock.setTimer(run, -5);
    vi.advanceTimersByTime(1);
    expect(run).toHaveBeenCalledTimes(1);
  });

  test.each([Number.NaN, '5', undefined, null])('%o is no delay', (ms) => {
    expect(() => systemClock.setTimer(() => {}, ms as number)).toThrow(
      `Expected \`afterMs\` to be a number of milliseconds, got \`${String(ms)}\``,
    );
  });

  test('housekeeping does not keep the process running', () => {
    const timers: NodeJS.Timeout[] = [];
    const real = globalThis.setTimeout;
    vi.spyOn(globalThis, 'setTimeout').mockImplementation(((run: () => void, ms: number) => {
      const timer = real(run, ms);
      timers.push(timer);
      return timer;
    }) as never);
    const cancels = [
      systemClock.setTimer(() => {}, 1000),
      systemClock.setTimer(() => {}, 1000, { keepAlive: false }),
      systemClock.setTimer(() => {}, 1000, { keepAlive: true }),
    ];
    expect(timers.map((timer) => timer.hasRef())).toEqual([true, false, true]);
    for (const cancel of cancels) cancel();
  });
});

describe('sleep', () => {
  /** A signal that knows who listens. */
  const listened = (): { controller: AbortController; listeners: () => number } => {
    const controller = new AbortController();
    const { signal } = controller;
    const [add, remove] = [
      vi.spyOn(signal, 'addEventListener'),
      vi.spyOn(signal, 'removeEventListener'),
    ];
    return { controller, listeners: () => add.mock.calls.length - remove.mock.calls.length };
  };

  test('waits as long as it was told, by the clock it was given', async () => {
    const clock = fakeClock();
    let awake = false;
    const slept = sleep(100, { clock }).then(() => (awake = true));
    await clock.advance(99);
    expect(awake).toBe(false);
    await clock.advance(1);
    await slept;
    expect(awake).toBe(true);
    expect(clock.pending).toBe(0);
  });

  test('an abort ends it at once with the reason itself, and leaves no timer', async () => {
    const clock = fakeClock();
    const controller = new AbortController();
    const reason = { why: 'enough' };
    const slept = sleep(100, { clock, signal: controller.signal });
    await clock.advance(50);
    expect(clock.pending).toBe(1);
    controller.abort(reason);
    expect(clock.pending).toBe(0);
    await expect(slept).rejects.toBe(reason);
    expect(clock.now()).toBe(50);
  });

  test('a signal that has aborted already keeps it from starting', async () => {
    const setTimer = vi.fn<Clock['setTimer']>();
    const clock = { ...fakeClock(), setTimer };
    await expect(sleep(100, { clock, signal: AbortSignal.abort('before') })).rejects.toBe('before');
    expect(setTimer).not.toHaveBeenCalled();
  });

  test('leaves no listener when it has waited to the end', async () => {
    const clock = fakeClock();
    const { controller, listeners } = listened();
    const slept = sleep(10, { clock, signal: controller.signal });
    expect(listeners()).toBe(1);
    await clock.advance(10);
    await slept;
    expect(listeners()).toBe(0);
    controller.abort('late');
    await settle();
  });

  test('takes a signal that is undefined, and the clock of the machine by default', async () => {
    vi.useFakeTimers();
    const slept = sleep(1000, { signal: undefined });
    await vi.advanceTimersByTimeAsync(1000);
    await expect(slept).resolves.toBeUndefined();
    await expect(sleep(Number.NaN)).rejects.toThrow(TypeError);
  });
});

test('a process that stood still hears what came meanwhile before it is told that it is late', async () => {
  const order: string[] = [];
  const late = new Promise<void>((resolve) => {
    systemClock.setTimer(() => resolve(void order.push('late')), 10);
  });
  const stop = systemClock.setTimer(() => order.push('in vain'), 10);
  const came = new Promise<void>((resolve) => {
    stat('.', () => {
      order.push('what came');
      stop();
      resolve();
    });
  });
  // Stands still for longer than the timers have.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
  await Promise.all([came, late]);
  expect(order).toEqual(['what came', 'late']);
});
