/** andThen: does something with what came, at once if it is there at once. */
import { type Awaitable, isThenable } from '@interpose/kernel';

/** What `next` makes of a value that is there, or promised. */
export function andThen<From, To>(
  value: Awaitable<From>,
  next: (value: From) => Awaitable<To>,
): Awaitable<To> {
  return isThenable(value) ? (value.then(next) as Promise<To>) : next(value as From);
}
