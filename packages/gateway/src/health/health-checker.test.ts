/** Targets are asked at intervals; some bad answers in a row make them unwell, some good ones well again. */
import { fakeClock, settle } from '@interpose/testing';
import { expect, test } from 'vitest';
import { HealthChecker, type HealthCheckOptions } from './health-checker.ts';

function checker(
  options: HealthCheckOptions = {},
  answers: (target: string) => unknown = () => 200,
) {
  const clock = fakeClock();
  const asked: string[] = [];
  const told: string[] = [];
  let answer = answers;
  const own = new HealthChecker(['a', 'b'], options, {
    clock,
    random: () => 0.5,
    async probe(target, path, signal) {
      asked.push(`${target} ${path}`);
      const given = answer(target);
      if (given === 'never') return new Promise<number>(() => {});
      if (given === 'heeds') {
        return new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error));
        });
      }
      if (given instanceof Error) throw given;
      return given as number;
    },
    listener: (target, isHealthy, cause) =>
      told.push(`${target} ${isHealthy ? 'well' : `unwell: ${(cause as Error).message}`}`),
  });
  const rounds = async (count: number): Promise<void> => {
    for (let at = 0; at < count; at++) {
      await clock.advance(options.intervalMs ?? 10_000);
      await settle();
    }
  };
  return { clock, own, asked, told, rounds, answers: (next: typeof answers) => (answer = next) };
}

test('three bad answers make a target unwell, two good ones well again', async () => {
  const { own, told, rounds, answers } = checker({}, (target) => (target === 'a' ? 503 : 204));
  own.start();
  await rounds(2);
  expect(own.isHealthy('a')).toBe(true);
  await rounds(1);
  expect([own.isHealthy('a'), own.isHealthy('b')]).toEqual([false, true]);
  answers(() => 200);
  await rounds(1);
  expect(own.isHealthy('a')).toBe(false);
  await rounds(1);
  expect(own.isHealthy('a')).toBe(true);
  expect(told).toEqual(['a unwell: The answer was a 503', 'a well']);
  own.close();
});

test.each(['never', 'heeds'])(
  'no answer in time is a bad one, whether the probe heeds its signal: %s',
  async (how) => {
    const { own, told, rounds } = checker({ unhealthyAfter: 1, timeoutMs: 500 }, () => how);
    own.start();
    await rounds(2);
    expect(told).toEqual(['a unwell: No answer in 500 ms', 'b unwell: No answer in 500 ms']);
    own.close();
  },
);

test('a probe that fails is a bad answer, and the next one follows', async () => {
  const { own, told, rounds, answers } = checker(
    { unhealthyAfter: 1, healthyAfter: 1 },
    () => new Error('refused'),
  );
  own.start();
  await rounds(1);
  answers(() => 399);
  await rounds(1);
  expect(told).toEqual(['a unwell: refused', 'b unwell: refused', 'a well', 'b well']);
  own.close();
});

test('closed, it asks no more, and a probe under way changes nothing', async () => {
  const { clock, own, asked, told, rounds } = checker(
    { path: '/health', unhealthyAfter: 1 },
    () => 'heeds',
  );
  own.start();
  await clock.advance(5000);
  expect(asked).toEqual(['a /health', 'b /health']);
  own.close();
  await rounds(5);
  expect(asked).toHaveLength(2);
  expect(told).toEqual([]);
  expect(clock.pending).toBe(0);
});

test('options that are none are refused', () => {
  expect(() => checker({ path: 'health' })).toThrow(
    'Expected `path` to be a path, got `health` (string).',
  );
  expect(() => checker({ healthyAfter: 0 })).toThrow(RangeError);
});
