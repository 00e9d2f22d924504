/** perField: a middleware that is made anew for each field of a schema, and is not there for fields that it has nothing to do with. */
import { define } from '@interpose/kernel';
import type { GraphQLSchema } from 'graphql';
import type { FieldTraits } from './building/field-entry.ts';
import type { FieldContext, FieldMiddleware } from './field-context.ts';
import { type FieldFacts, fieldFacts } from './field-facts.ts';

/** Where such a middleware keeps its plan; one symbol for all copies of the package. */
export const FIELD_PLAN: unique symbol = Symbol.for('interpose.graphql.fieldPlan');

/** Given a schema, checks what was said of it, and gives what is made for each field: a middleware, or nothing. */
export type FieldPlan<In = unknown, Out = In> = (
  schema: GraphQLSchema,
) => (field: FieldFacts) => FieldMiddleware<In, Out> | undefined;

/** The plan of a middleware that has one. Whoever builds a schema asks it once a field, those with default resolvers included. */
export function fieldPlanOf(middleware: unknown): FieldPlan | undefined {
  return (middleware as { readonly [FIELD_PLAN]?: FieldPlan } | undefined)?.[FIELD_PLAN];
}

/**
 * Makes a middleware of a plan. `fields().use(it)` asks the plan when the schema is built; called by hand, round a resolver, it asks at the
 * first call for a field and remembers.
 *
 * @example
 * perField({ name: 'shout' }, () => ({ coordinate }) => coordinate === 'Query.hello' ? shout : undefined);
 */
export function perField<In = unknown, Out = In>(
  traits: FieldTraits,
  plan: FieldPlan<In, Out>,
): FieldMiddleware<In, Out> {
  type Own = FieldMiddleware<In, Out>;
  const makers = new WeakMap<GraphQLSchema, ReturnType<FieldPlan<In, Out>>>();
  const made = new WeakMap<object, Own>();
  const ownFor = ({ info }: FieldContext): Own => {
    const { schema, parentType, fieldName } = info;
    const field = parentType.getFields()[fieldName] as FieldFacts['field'];
    let own = made.get(field);
    if (!own) {
      const make = makers.get(schema) ?? plan(schema);
      makers.set(schema, make);
      own = make(fieldFacts(parentType, field)) ?? (passOn as Own);
      made.set(field, own);
    }
    return own;
  };
  const middleware: Own = (ctx, next) => ownFor(ctx)(ctx, next);
  return define(traits, Object.assign(middleware, { [FIELD_PLAN]: plan }));
}

const passOn = (ctx: unknown, next: (ctx: unknown) => unknown): unknown => next(ctx);
