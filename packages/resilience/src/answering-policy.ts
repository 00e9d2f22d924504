/** The type of policies that may answer with something of their own: a pipeline takes them only if it may answer that, too. */
import type { Awaitable } from '@interpose/kernel';
import type { EventMap } from './events.ts';
import type { ResiliencePolicy } from './policy.ts';

/**
 * A policy that answers what the rest answers, or something of its own.
 *
 * @typeParam V what it may answer by itself
 */
export type AnsweringPolicy<C, V, O extends object, S extends object, E extends EventMap> = {
  <Ctx extends C, R>(ctx: Ctx, next: (ctx?: Ctx) => Awaitable<R>): Awaitable<R | V>;
} & Pick<ResiliencePolicy<C, O, S, E>, keyof ResiliencePolicy<C, O, S, E>>;
