/** Tests of Deadlines: many waits, one timer. */
import { fakeClock } from '@interpose/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Deadlines, type Waiting } from './deadlines.ts';

interface Wait extends Waiting {
  readonly id: number;
}

function rowOf(afterMs: number) {
  const clock = fakeClock();
  const row = new Deadlines(clock);
  const expired: [id: number, atMs: number][] = [];
  let ids = 0;
  const add = (): Wait => {
    const id = ids++;
    const wait: Wait = {
      id,
      dueMs: clock.now() + afterMs,
      earlier: undefined,
      later: undefined,
      expire: () => expired.push([id, clock.now()]),
    };
    row.add(wait);
    return wait;
  };
  return { clock, row, add, expired };
}

describe('Deadlines', () => {
  test('each wait is over at its own time, in order, by a single timer', () => {
    const { clock, add, expired } = rowOf(100);
    add();
    clock.advanceSync(30);
    add();
    add();
    expect(clock.pending).toBe(1);
    clock.advanceSync(70);
    expect(expired).toEqual([[0, 100]]);
    clock.advanceSync(30);
    expect(expired.slice(1)).toEqual([
      [1, 130],
      [2, 130],
    ]);
    expect(clock.pending).toBe(0);
  });

  test('one that is taken out is never over, and the timer is let go of when nobody waits', () => {
    const { clock, row, add, expired } = rowOf(100);
    const first = add();
    const second = add();
    row.remove(first);
    expect(clock.pending).toBe(1);
    row.remove(second);
    expect(clock.pending).toBe(0);
    clock.advanceSync(50);
    add();
    expect(clock.pending).toBe(1);
    clock.advanceSync(100);
    expect(expired).toEqual([[2, 150]]);
    expect(clock.pending).toBe(0);
  });

  test('a clock that cannot let go of a timer stops it instead', () => {
    const clock = fakeClock();
    const plain = {
      ...clock,
      setTimer: (run: () => void, afterMs: number) => {
        const cancel = clock.setTimer(run, afterMs);
        return () => cancel();
      },
    };
    const row = new Deadlines(plain);
    const wait: Waiting = { dueMs: 10, earlier: undefined, later: undefined, expire: () => {} };
    row.add(wait);
    row.remove(wait);
    expect([clock.pending, clock.nextInMs]).toEqual([0, undefined]);
  });

  test('whatever is added and taken out, each that stays is over exactly when it is due', () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('add' as const) }),
      fc.record({ do: fc.constant('remove' as const), at: fc.nat(20) }),
      fc.record({ do: fc.constant('wait' as const), ms: fc.nat(120) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { clock, row, add, expired } = rowOf(100);
        let waiting: Wait[] = [];
        const expected: [number, number][] = [];
        for (const one of steps) {
          if (one.do === 'add') waiting.push(add());
          else if (one.do === 'wait') {
            clock.advanceSync(one.ms);
            for (const wait of waiting)
              if (wait.dueMs <= clock.now()) expected.push([wait.id, wait.dueMs]);
            waiting = waiting.filter(({ dueMs }) => dueMs > clock.now());
          } else if (waiting.length > 0) {
            const [gone] = waiting.splice(one.at % waiting.length, 1);
            row.remove(gone as Wait);
          }
          expect(clock.pending).toBe(waiting.length > 0 ? 1 : 0);
        }
        expect(expired).toEqual(expected);
      }),
    );
  });
});
