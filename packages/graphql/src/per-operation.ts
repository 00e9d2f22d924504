/** perOperation: something that lives as long as one operation: for a subscription, as long as one of its events. */
import { type GraphQLResolveInfo, OperationTypeNode } from 'graphql';
import type { FieldContext } from './field-context.ts';

/**
 * Gives one value for all fields of an operation, made when the first of them asks. Requests never share it, whatever their context is, and
 * neither do the events of a subscription.
 *
 * @example
 * const seen = perOperation(() => new Set<string>());
 * const once: FieldMiddleware = (ctx, next) => (seen(ctx).add(ctx.info.fieldName), next());
 */
export function perOperation<T, Context = unknown>(
  make: (ctx: FieldContext<Context>) => T,
): (ctx: FieldContext<Context>) => T {
  const made = new WeakMap<object, { readonly value: T }>();
  return (ctx) => {
    const key = keyOf(ctx);
    let kept = made.get(key);
    if (!kept) {
      kept = { value: make(ctx) };
      made.set(key, kept);
    }
    return kept.value;
  };
}

/** An object that each execution has for itself. The context is none: servers may use one for several operations. */
function keyOf({ info, context }: FieldContext): object {
  // Some executors make variables once a subscription; a path begins anew with every event.
  if (info.operation?.operation === OperationTypeNode.SUBSCRIPTION && info.path)
    return rootOf(info.path);
  const { variableValues } = info;
  if (typeof variableValues === 'object' && variableValues !== null) return variableValues;
  return typeof context === 'object' && context !== null ? context : info;
}

function rootOf(path: GraphQLResolveInfo['path']): object {
  let root = path;
  while (root.prev) root = root.prev;
  return root;
}
