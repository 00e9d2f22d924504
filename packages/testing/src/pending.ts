/** pending: a promise that a test settles on command. */

/** A promise with its own ends in hand. */
export interface Pending<R> extends Promise<R> {
  /** Fulfils it. */
  resolve(value: R | PromiseLike<R>): void;
  /** Rejects it. */
  reject(error: unknown): void;
}

/**
 * A promise that stays pending until it is told otherwise. Nobody needs to wait for it: its rejection is never
 * reported as unhandled.
 *
 * @example
 * const slow = pending<string>();
 * const answer = run(ctx, () => slow);
 * slow.resolve('late');
 * expect(await answer).toBe('late');
 */
export function pending<R>(): Pending<R> {
  let ends!: Pick<Pending<R>, 'resolve' | 'reject'>;
  const promise = new Promise<R>((resolve, reject) => (ends = { resolve, reject }));
  promise.catch(() => {});
  return Object.assign(promise, ends);
}
