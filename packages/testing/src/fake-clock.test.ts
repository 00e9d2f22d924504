/** The fake clock fires what is due, in order, and never by itself. */
import { sleep } from '@interpose/kernel/clock';
import { memoryStore } from '@interpose/kernel/store';
import { describe, expect, test } from 'vitest';
import { fakeClock, recorder } from './index.ts';

describe('time', () => {
  test('stands still until it is moved', async () => {
    const clock = fakeClock({ startMs: 5, wallMs: 1000 });
    expect([clock.now(), clock.wall()]).toEqual([5, 1000]);
    await clock.advance(20);
    expect([clock.now(), clock.wall()]).toEqual([25, 1020]);
    clock.advanceSync(5);
    expect([clock.now(), clock.wall()]).toEqual([30, 1025]);
  });

  test('starts at 0 and at the beginning of 2024', () => {
    const clock = fakeClock();
    expect(clock.now()).toBe(0);
    expect(new Date(clock.wall()).toISOString()).toBe('2024-01-01T00:00:00.000Z');
  });

  test('never goes backwards, but its wall clock does', async () => {
    const clock = fakeClock({ startMs: 100, wallMs: 5000 });
    await expect(clock.advance(-1)).rejects.toThrow(RangeError);
    expect(() => clock.advanceSync(-1)).toThrow(
      'Expected `ms` to be a number of milliseconds, 0 or more, got `-1` (number).',
    );
    clock.setWall(3000);
    expect([clock.now(), clock.wall()]).toEqual([100, 3000]);
    await clock.advance(10);
    expect([clock.now(), clock.wall()]).toEqual([110, 3010]);
  });

  test('moves that are not awaited add up', async () => {
    const clock = fakeClock();
    await Promise.all([clock.advance(5), clock.advance(7)]);
    expect(clock.now()).toBe(12);
  });

  test.each([{ startMs: -1 }, { startMs: Number.NaN }, { wallMs: Infinity }])(
    'refuses %j',
    (options) => {
      expect(() => fakeClock(options)).toThrow(RangeError);
    },
  );

  test('names an unknown option and the one that was meant', () => {
    expect(() => fakeClock({ startMS: 1 } as never)).toThrow(/Did you mean .startMs/);
  });
});

describe('timers', () => {
  test('fire in the order of time, and of arrival where that is the same', async () => {
    const clock = fakeClock();
    const journal = recorder();
    for (const [name, afterMs] of [
      ['c', 20],
      ['a', 10],
      ['b', 10],
      ['d', 20],
    ] as const) {
      clock.setTimer(() => journal.log(`${name}@${clock.now()}`), afterMs);
    }
    await clock.advance(20);
    journal.expectOrder('a@10', 'b@10', 'c@20', 'd@20');
  });

  test('fire when their time has come, not a moment sooner', async () => {
    const clock = fakeClock();
    const journal = recorder();
    clock.setTimer(() => journal.log('now'), 10);
    await clock.advance(9);
    journal.expectOrder();
    expect(clock.nextInMs).toBe(1);
    await clock.advance(1);
    journal.expectOrder('now');
    expect(clock.nextInMs).toBeUndefined();
  });

  test('are counted and can be cancelled, also twice', async () => {
    const clock = fakeClock();
    const journal = recorder();
    const cancel = clock.setTimer(() => journal.log('a'), 10);
    clock.setTimer(() => journal.log('b'), 10);
    expect(clock.pending).toBe(2);
    cancel();
    cancel();
    expect(clock.pending).toBe(1);
    await clock.advance(10);
    journal.expectOrder('b');
    expect(clock.pending).toBe(0);
  });

  test('may be as long as one likes; one of Infinity never comes and is none', async () => {
    const clock = fakeClock();
    const journal = recorder();
    clock.setTimer(() => journal.log('years'), 2 ** 40);
    clock.setTimer(() => journal.log('never'), Infinity);
    expect(clock.pending).toBe(1);
    await clock.advance(2 ** 40 - 1);
    journal.expectOrder();
    await clock.runAll();
    journal.expectOrder('years');
    expect(clock.now()).toBe(2 ** 40);
  });

  test('in the past are due now; what is no number is refused', async () => {
    const clock = fakeClock({ startMs: 50 });
    const journal = recorder();
    clock.setTimer(() => journal.log('late'), -5);
    expect(() => clock.setTimer(() => {}, Number.NaN)).toThrow(
      'Expected `afterMs` to be a number of milliseconds, got `NaN` (number).',
    );
    await clock.advance(0);
    journal.expectOrder('late');
    expect(clock.now()).toBe(50);
  });

  test('that throw make the move fail; the others stay', async () => {
    const clock = fakeClock();
    const error = new Error('from a timer');
    clock.setTimer(() => {
      throw error;
    }, 10);
    clock.setTimer(() => {}, 20);
    await expect(clock.advance(30)).rejects.toBe(error);
    expect([clock.now(), clock.pending]).toEqual([10, 1]);
    await clock.advance(10);
    expect([clock.now(), clock.pending]).toEqual([20, 0]);
  });

  test('of one moment may be many, as long as time goes on', async () => {
    const clock = fakeClock();
    for (let timer = 0; timer < 10_000; timer++) clock.setTimer(() => {}, 1 + (timer % 2));
    let ticks = 0;
    const tick = (): void => {
      if (++ticks < 10_000) clock.setTimer(tick, 1);
    };
    clock.setTimer(tick, 3);
    clock.advanceSync(20_000);
    expect([ticks, clock.pending]).toEqual([10_000, 0]);
  });
});

describe('promises', () => {
  test('settle before the first timer and after each', async () => {
    const clock = fakeClock();
    const journal = recorder();
    const walk = async (): Promise<void> => {
      await null;
      for (const step of [1, 2, 3]) {
        await sleep(10, { clock });
        for (let turn = 0; turn < 50; turn++) await null;
        journal.log(`${step}@${clock.now()}`);
      }
    };
    const walked = walk();
    await clock.advance(30);
    journal.expectOrder('1@10', '2@20', '3@30');
    await walked;
  });

  test('do not settle when it is moved synchronously', async () => {
    const clock = fakeClock();
    const store = memoryStore<string>({ clock });
    store.set('key', 'value', 10);
    let woken = false;
    const slept = sleep(10, { clock }).then(() => (woken = true));
    clock.advanceSync(10);
    expect(store.get('key')).toBeUndefined();
    expect(woken).toBe(false);
    await slept;
    expect(woken).toBe(true);
  });
});

describe('runAll', () => {
  test('waits for timers that are about to be set', async () => {
    const clock = fakeClock();
    const journal = recorder();
    void (async () => {
      for (let turn = 0; turn < 50; turn++) await null;
      await sleep(10, { clock });
      journal.log('woken');
    })();
    await clock.runAll();
    journal.expectOrder('woken');
  });

  test('fires what is there and what that sets', async () => {
    const clock = fakeClock();
    const journal = recorder();
    clock.setTimer(() => {
      journal.log('a');
      clock.setTimer(() => journal.log('b'), 1000);
    }, 10);
    await clock.runAll();
    journal.expectOrder('a', 'b');
    expect([clock.now(), clock.pending]).toEqual([1010, 0]);
  });

  test('gives up on what never ends, and says where it stands', async () => {
    const clock = fakeClock();
    const tick = (): void => void clock.setTimer(tick, 10);
    tick();
    await expect(clock.runAll(5)).rejects.toMatchObject({ code: 'CLOCK_STUCK', nowMs: 50 });
    await expect(clock.runAll(0)).rejects.toThrow(
      'Expected `limit` to be a whole number, 1 or more',
    );
  });

  test('fires exactly as many as its limit allows', async () => {
    const clock = fakeClock();
    for (let at = 1; at <= 5; at++) clock.setTimer(() => {}, at);
    await clock.runAll(5);
    expect(clock.pending).toBe(0);
  });

  test.each(['advance', 'advanceSync'] as const)(
    '%s gives up on timers that take no time',
    async (move) => {
      const clock = fakeClock();
      const spin = (): void => void clock.setTimer(spin, 0);
      spin();
      await expect((async () => clock[move](1))()).rejects.toMatchObject({ code: 'CLOCK_STUCK' });
    },
  );
});
