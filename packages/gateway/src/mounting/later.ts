/** Later: the answer of the rest, for a middleware that began before there was one. */
import type { HttpResponse } from '@interpose/http';

/** A promise that becomes one only when somebody waits for it: a middleware that hands it on costs none. */
export class Later implements PromiseLike<HttpResponse> {
  #promise: Promise<HttpResponse> | undefined;
  #resolve: (response: HttpResponse) => void = () => {};
  #reject: (error: Error) => void = () => {};

  then<A = HttpResponse, B = never>(
    onAnswer?: ((response: HttpResponse) => A | PromiseLike<A>) | null,
    onFailure?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#promise ??= new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    return this.#promise.then(onAnswer, onFailure);
  }

  /** The rest has answered. */
  answer(response: HttpResponse): void {
    this.#resolve(response);
  }

  /** The rest has failed. */
  fail(error: Error): void {
    this.#reject(error);
  }
}
