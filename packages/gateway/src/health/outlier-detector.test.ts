/** Targets that fail again and again are left out, for longer each time, and never all of them. */
import { fakeClock } from '@interpose/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OutlierDetector, type OutlierOptions } from './outlier-detector.ts';

function detector(count: number, options: OutlierOptions = {}) {
  const clock = fakeClock();
  const targets = Array.from({ length: count }, (_, at) => `t${at}`);
  const told: string[] = [];
  const own = new OutlierDetector(targets, clock, {
    ...options,
    listener: (target, until) => told.push(`${target} ${until === undefined ? 'back' : 'out'}`),
  });
  const fail = (target: string, times = 5): void => {
    for (let at = 0; at < times; at++) own.failed(target);
  };
  return { clock, own, told, fail };
}

test('five failures in a row leave a target out for half a minute; a success in between begins anew', async () => {
  const { clock, own, told, fail } = detector(2);
  fail('t0', 4);
  own.succeeded('t0');
  fail('t0', 4);
  expect(own.isEjected('t0')).toBe(false);
  own.failed('t0');
  expect([own.isEjected('t0'), own.isEjected('t1')]).toEqual([true, false]);
  await clock.advance(29_999);
  expect(own.isEjected('t0')).toBe(true);
  await clock.advance(1);
  expect(own.isEjected('t0')).toBe(false);
  expect(told).toEqual(['t0 out', 't0 back']);
});

test('each time it is left out for longer, up to a limit; a good time is held to its credit', async () => {
  const { clock, own, fail } = detector(2, { ejectMs: 1000, maxEjectMs: 2500 });
  const outMs = async (): Promise<number> => {
    let ms = 0;
    for (; own.isEjected('t0'); ms += 100) await clock.advance(100);
    return ms;
  };
  const times: number[] = [];
  for (let at = 0; at < 4; at++) {
    fail('t0');
    times.push(await outMs());
  }
  expect(times).toEqual([1000, 2000, 2500, 2500]);
  await clock.advance(10_000);
  own.succeeded('t0');
  fail('t0');
  expect(await outMs()).toBe(1000);
});

test('the last target is never left out', () => {
  const { own, fail } = detector(1);
  fail('t0', 100);
  expect(own.isEjected('t0')).toBe(false);
});

test('never more than the share that may be left out, and never all, whatever fails', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: 0, max: 100 }),
      fc.array(fc.tuple(fc.nat(7), fc.boolean()), { maxLength: 200 }),
      (count, maxEjectedPercent, events) => {
        const { own } = detector(count, { maxEjectedPercent, consecutiveFailures: 1 });
        for (const [at, isGood] of events) {
          if (isGood) own.succeeded(`t${at}`);
          else own.failed(`t${at}`);
        }
        const out = Array.from({ length: count }, (_, at) => own.isEjected(`t${at}`)).filter(
          Boolean,
        );
        expect(out.length).toBeLessThan(count);
        const most = Math.max(1, Math.floor((count * maxEjectedPercent) / 100));
        expect(out.length).toBeLessThanOrEqual(most);
      },
    ),
  );
});

test('it can be switched off, and refuses options that are none', () => {
  const { own, fail } = detector(3, { consecutiveFailures: 0 });
  fail('t0', 100);
  expect(own.isEjected('t0')).toBe(false);
  expect(() => detector(1, { maxEjectedPercent: 101 })).toThrow(
    'Expected `maxEjectedPercent` to be a number from 0 to 100, got `101` (number).',
  );
});
