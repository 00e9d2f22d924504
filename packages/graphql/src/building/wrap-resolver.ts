/** wrapResolver: a resolver with layers round it, joined once. */
import { fold, type Layer, linkProven, type Run } from '@interpose/kernel/layers';
import type { GraphQLFieldResolver } from 'graphql';
import { remember, signalOfContext, signalOfExecution } from '../call-signal.ts';
import type { FieldContext } from '../field-context.ts';

/** Any resolver. */
// oxlint-disable-next-line typescript/no-explicit-any -- what a schema holds is checked by whoever has written it
export type Resolver = GraphQLFieldResolver<any, any>;

/** What a wrapped resolver is made of. */
interface Parts {
  /** The resolver that the schema had before anything was put round it. */
  readonly base: Resolver | undefined;
  /** Whose layers run round it. */
  readonly by: ReadonlySet<object>;
  /** What runs round it, by the function that was given. */
  readonly around: ReadonlySet<unknown>;
}

/** Where a wrapped resolver keeps its parts; one symbol for all copies of the package. */
const PARTS: unique symbol = Symbol.for('interpose.graphql.resolver');

/** What a resolver is made of; one that nobody has wrapped is its own base. */
export function partsOf(resolver: Resolver | null | undefined): Parts {
  const parts = (resolver as { readonly [PARTS]?: Parts } | null | undefined)?.[PARTS];
  return parts ?? { base: resolver ?? undefined, by: new Set(), around: new Set() };
}

/** What to put round a resolver. */
export interface Wrapping {
  /** The resolver as the schema had it. */
  readonly inner: Resolver | undefined;
  /** Who answers where the schema had none. */
  readonly fallback: Resolver;
  /** Outermost first. */
  readonly layers: readonly Layer[];
  readonly by: object;
  readonly around: readonly unknown[];
}

/** A resolver of the usual four parameters that runs the layers. It gives a value, unless something in it is asynchronous. */
export function wrapResolver({ inner, fallback, layers, by, around }: Wrapping): Resolver {
  const heeded = layers.some(({ traits }) => traits.link && !traits.hooks);
  const run = fold(layers, terminal(inner ?? fallback, heeded), linkProven);
  const signalFor = heeded ? anySignal : signalOfContext;
  const resolve: Resolver = (parent, args: FieldContext['args'], context, info): unknown =>
    run({ parent, args, context, info, signal: signalFor(context, info) }) as unknown;
  const before = partsOf(inner);
  const parts: Parts = {
    base: before.base,
    by: new Set([...before.by, by]),
    around: new Set([...before.around, ...around]),
  };
  return Object.defineProperty(resolve, PARTS, { value: parts });
}

const anySignal = (context: unknown, info: FieldContext['info']): AbortSignal | undefined =>
  signalOfContext(context) ?? signalOfExecution(info);

/** Where a policy may have put a signal of its own on the context, the resolver can ask for it. */
function terminal(resolver: Resolver, heeded: boolean): Run {
  if (!heeded) {
    return (call: FieldContext) =>
      resolver(call.parent, call.args, call.context, call.info) as unknown;
  }
  return (call: FieldContext) => {
    remember(call);
    return resolver(call.parent, call.args, call.context, call.info) as unknown;
  };
}
