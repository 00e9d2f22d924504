/** The signal of a call of a resolver: what the operation brings, and what a policy puts in its place. */
import type { GraphQLResolveInfo } from 'graphql';
import type { FieldContext } from './field-context.ts';

/** Where servers and executors leave the signal of an operation. */
interface SignalPlaces {
  readonly signal?: unknown;
  readonly request?: { readonly signal?: unknown } | null;
  /** graphql 17. */
  readonly getAbortSignal?: () => unknown;
}

/** Calls that a policy may end before the operation ends; an `info` belongs to one call of a field. */
const CALLS = new WeakMap<GraphQLResolveInfo, FieldContext>();

/** The signal that the context of an operation brings: `signal`, or that of its `request`. */
export function signalOfContext(context: unknown): AbortSignal | undefined {
  if (typeof context !== 'object' || context === null) return undefined;
  try {
    const { signal, request } = context as SignalPlaces;
    if (isSignal(signal)) return signal;
    const sent = request?.signal;
    return isSignal(sent) ? sent : undefined;
  } catch {
    // A context may refuse to be asked for what it does not have.
    return undefined;
  }
}

/** The signal that the executor was given. To ask graphql 17 for it makes one, so it is asked only where somebody heeds it. */
export function signalOfExecution(info: GraphQLResolveInfo | undefined): AbortSignal | undefined {
  const places = info as SignalPlaces | undefined;
  const given = places?.signal ?? places?.getAbortSignal?.();
  return isSignal(given) ? given : undefined;
}

const isSignal = (value: unknown): value is AbortSignal =>
  typeof (value as AbortSignal | undefined)?.aborted === 'boolean';

/** Remembers what the resolver is about to be called with, for `signalOf`. */
export function remember(call: FieldContext): void {
  CALLS.set(call.info, call);
}

/**
 * The signal of this call of a resolver, to be read before its first `await`: it also aborts when a timeout round the
 * resolver has run out, or a hedge has another answer.
 *
 * @example
 * const resolvers = { Query: { quote: (parent, args, context, info) => fetch(QUOTES, { signal: signalOf(info) }) } };
 */
export function signalOf(info: GraphQLResolveInfo): AbortSignal | undefined {
  const call = CALLS.get(info);
  return call ? call.signal : signalOfExecution(info);
}
