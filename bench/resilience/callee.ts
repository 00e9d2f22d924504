/** What is called: a trivial asynchronous function, so that nearly all that is measured is the policy. */

/** What a call is made with. */
export interface Input {
  n: number;
}

export const createInput = (): Input => ({ n: 1 });

/** It never looks at a signal. */
export const callee = async (n: number): Promise<number> => n + 1;

/** What every contender must answer. */
export const ANSWER = 2;
