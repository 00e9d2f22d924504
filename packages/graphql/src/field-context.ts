/** FieldContext: what a middleware of a resolver is given, and the type of such a middleware. */
import type { Middleware } from '@interpose/kernel';
import type { GraphQLResolveInfo } from 'graphql';

/** One call of a resolver: its four arguments by name. What is handed on is what the resolver gets. */
export interface FieldContext<
  Context = unknown,
  Source = unknown,
  Args = Readonly<Record<string, unknown>>,
> {
  /** The object that the field belongs to. */
  readonly parent: Source;
  readonly args: Args;
  /** What the server has made for the operation, and what middleware further out have added. */
  readonly context: Context;
  readonly info: GraphQLResolveInfo;
  /** Aborts when nobody waits for the field any more: the signal of the operation, or of a policy further out. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs round the resolver of a field. It may be synchronous; then so is the field.
 *
 * @typeParam In what it needs of the operation's context
 * @typeParam Out what it promises to hand on
 */
export type FieldMiddleware<In = unknown, Out = In> = Middleware<
  FieldContext<In>,
  unknown,
  FieldContext<Out>
>;
