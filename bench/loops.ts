/** The measured loops. Limit and subject each get a copy of this module, so that neither is compiled for the other. */
import type { Call } from './suite.ts';

/** Awaits every call. */
export async function loopAwaiting(
  calls: readonly Call[],
  input: () => unknown,
  times: number,
): Promise<void> {
  const last = calls.length - 1;
  for (let turn = 0; turn < times; turn++) await (calls[turn & last] as Call)(input());
}

/** For calls that answer with a value. What they answer is returned, so that no call is left out as useless. */
export function loopDirect(calls: readonly Call[], input: () => unknown, times: number): unknown {
  const last = calls.length - 1;
  let answer: unknown;
  for (let turn = 0; turn < times; turn++) answer = (calls[turn & last] as Call)(input());
  return answer;
}
