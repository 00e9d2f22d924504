/** ClientPromise: a promise as scripts of model-driven apps know it, with `fail` and `always` beside the usual methods. */

/** Gives a value, or the error with which it was rejected. */
export interface ClientPromise<T> {
  then<U = T, V = never>(
    onFulfilled?: ((value: T) => U | PromiseLike<U>) | null,
    onRejected?: ((error: unknown) => V | PromiseLike<V>) | null,
  ): ClientPromise<U | V>;
  then<U>(
    onFulfilled?: (value: T) => U | ClientPromise<U>,
    onRejected?: (error: unknown) => U | ClientPromise<U>,
  ): ClientPromise<U>;
  catch<U>(onRejected?: (reason: never) => U | ClientPromise<U>): ClientPromise<U>;
  fail<U>(onRejected?: (reason: never) => U | ClientPromise<U>): ClientPromise<U>;
  always<U>(callback: () => U | ClientPromise<U>): ClientPromise<U>;
  finally<U>(callback: () => U | ClientPromise<U>): ClientPromise<U>;
}

class ScriptPromise<T> extends Promise<T> {
  fail(onRejected?: (reason: never) => unknown): Promise<unknown> {
    return this.catch(onRejected as (reason: unknown) => unknown);
  }

  always(callback: () => unknown): Promise<unknown> {
    return this.then(callback, callback);
  }
}

/** A promise with the methods of a client's. */
export function clientPromise<T>(promise: Promise<T>): ClientPromise<T> {
  return ScriptPromise.resolve(promise) as unknown as ClientPromise<T>;
}
