/** Written by hand: the least that does the job, without events, options, signals or reports. */
import type { Call } from '../suite.ts';
import { callee, type Input } from './callee.ts';

export const bare = (): Call => (input) => callee((input as Input).n);

const timed =
  (run: Call, afterMs = 5000): Call =>
  (input) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('timed out')), afterMs);
      (run(input) as Promise<unknown>).then(
        (value) => {
          clearTimeout(timer);
          resolve(value);
        },
        (error: unknown) => {
          clearTimeout(timer);
          reject(error as Error);
        },
      );
    });

/** A timer for each call. */
export const timeoutAlone = (): Call => timed(bare());

/** As most people write it. */
export const timeoutRaced = (): Call => async (input) => {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error('timed out')), 5000);
  });
  try {
    return await Promise.race([callee((input as Input).n), late]);
  } finally {
    clearTimeout(timer);
  }
};

const retried =
  (run: Call): Call =>
  async (input) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await run(input);
      } catch (error) {
        if (attempt === 3) throw error;
      }
    }
  };

const broken = (run: Call): Call => {
  let failures = 0;
  return async (input) => {
    if (failures >= 5) throw new Error('open');
    try {
      const value = await run(input);
      failures = 0;
      return value;
    } catch (error) {
      failures++;
      throw error;
    }
  };
};

const bounded = (run: Call): Call => {
  let running = 0;
  return async (input) => {
    if (running === 10) throw new Error('full');
    running++;
    try {
      return await run(input);
    } finally {
      running--;
    }
  };
};

export const retryAlone = (): Call => retried(bare());
export const breakerAlone = (): Call => broken(bare());
export const bulkheadAlone = (): Call => bounded(bare());
export const three = (): Call => retried(broken(timeoutAlone()));
export const five = (): Call => timed(retried(broken(timed(bounded(bare())))), 30_000);
