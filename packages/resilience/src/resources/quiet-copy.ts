/** Copies contexts without reading them: a signal that nobody has asked for is not made by the way. */
import { COPY, extend } from '@interpose/kernel';

/** A copy of an object as it is, getters included, of the same kind unless told otherwise. */
export function wholeCopy(
  ctx: object,
  prototype: object | null = Object.getPrototypeOf(ctx) as object | null,
): object {
  return Object.create(prototype, Object.getOwnPropertyDescriptors(ctx)) as object;
}

/** A copy of a context with more on it. One that has its own way of being copied is copied that way. */
export function quietExtend(ctx: object, adds: object): object {
  if (COPY in ctx) return extend(ctx, adds);
  return Object.defineProperties(wholeCopy(ctx), Object.getOwnPropertyDescriptors(adds));
}
