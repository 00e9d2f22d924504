/** opossum: its breaker, which has a timeout of its own. */
import CircuitBreaker from 'opossum';
import type { Call } from '../suite.ts';
import { callee, type Input } from './callee.ts';

const call = (timeout: number | false): Call => {
  const breaker = new CircuitBreaker(callee, { timeout, volumeThreshold: 20 });
  return (input) => breaker.fire((input as Input).n);
};

export const breakerAlone = (): Call => call(false);
export const breakerWithTimeout = (): Call => call(5000);
