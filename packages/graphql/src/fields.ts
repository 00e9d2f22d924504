/** The builder: middleware for the fields of a schema, with the types of what each adds to the context of the operation. */
import type { Middleware, MiddlewareObject } from '@interpose/kernel';
import type { Composable } from '@interpose/kernel/layers';
import { checkNames, unexpected } from '@interpose/kernel/options';
import { type GraphQLSchema, isSchema } from 'graphql';
import { createEntry, type FieldEntry, type FieldOptions } from './building/field-entry.ts';
import { type FieldSelector, readSelector } from './building/selector.ts';
import { type Standing, standingOrder } from './building/standing-order.ts';
import type { Resolver } from './building/wrap-resolver.ts';
import type { FieldContext } from './field-context.ts';
import { type WrappedSchema, wrapSchema } from './wrapped-schema.ts';

/** Options of `fields`. */
export interface FieldsOptions {
  /** Names of the phases, outermost first. @default observe, guard, limit, recover, execute */
  readonly phases?: readonly string[];
  /**
   * Who answers for fields without a resolver of their own, where something runs round them. Set it if the server has been given one.
   *
   * @default graphql-js's `defaultFieldResolver`
   */
  readonly fieldResolver?: Resolver;
}

type FieldLayer<In, Out> =
  | Middleware<FieldContext<In>, unknown, FieldContext<Out>>
  | MiddlewareObject<FieldContext<In>, unknown, FieldContext<Out>>;

/** The context of the operation as the resolvers of a builder get it. */
export type ContextOf<F> = F extends Fields<never, infer Context> ? Context : never;

/**
 * Middleware for the fields of schemas. Immutable: every method gives a new one.
 *
 * @typeParam In the context of the operation that the server makes
 * @typeParam Context the context that the next middleware, and the resolvers, get
 */
export class Fields<in In, Context> {
  readonly #entries: readonly FieldEntry[];
  readonly #options: FieldsOptions;
  readonly #wrapped = new WeakMap<GraphQLSchema, WrappedSchema>();
  #standings: readonly Standing[] | undefined;

  /** Use `fields()`. */
  constructor(entries: readonly FieldEntry[], options: FieldsOptions) {
    this.#entries = entries;
    this.#options = options;
  }

  /** For the compiler alone: what contexts it takes. */
  declare readonly takes?: (context: In) => Context;

  /**
   * Adds a middleware for every field that has a resolver of its own, or that others of this builder are put round by name. It runs further in
   * than those before it, unless its placement says otherwise.
   */
  use<Out = Context>(
    middleware: FieldLayer<Context, Out>,
    options: FieldOptions = {},
  ): Fields<In, Context & Out> {
    return this.#with(middleware as Composable, options, undefined);
  }

  /**
   * Adds a middleware for some fields. What it adds to the context is not known to others, as they may run where it does not.
   *
   * @throws TypeError for something that selects no fields
   */
  on<Out = Context>(
    selector: FieldSelector,
    middleware: FieldLayer<Context, Out>,
    options: FieldOptions = {},
  ): Fields<In, Context> {
    return this.#with(middleware as Composable, options, selector);
  }

  /**
   * Puts the middleware round the fields of a copy of a schema.
   *
   * @throws UnknownFieldError if a selector names something that the schema does not have
   * @throws AlreadyAppliedError if another builder has put the same middleware round the same field
   * @throws OrderError or UnknownMiddlewareError if the middleware cannot be put in order
   */
  apply(schema: GraphQLSchema): GraphQLSchema {
    return this.wrap(schema).schema;
  }

  /** The same, with what there is to ask about it. A schema that has been wrapped before is not wrapped again. */
  wrap(schema: GraphQLSchema): WrappedSchema {
    if (!isSchema(schema)) throw unexpected('schema', 'a GraphQLSchema', schema);
    const known = this.#wrapped.get(schema);
    if (known) return known;
    this.#standings ??= standingOrder(this.#entries, this.#options.phases);
    const wrapped = wrapSchema(schema, {
      standings: this.#standings,
      fieldResolver: this.#options.fieldResolver,
      by: this.#entries,
    });
    this.#wrapped.set(schema, wrapped);
    this.#wrapped.set(wrapped.schema, wrapped);
    return wrapped;
  }

  #with<Next>(
    middleware: Composable,
    options: FieldOptions,
    selector: FieldSelector | undefined,
  ): Fields<In, Next> {
    const entry = createEntry(middleware, options, {
      selection: selector === undefined ? undefined : readSelector(selector),
      method: selector === undefined ? 'use' : 'on',
      index: this.#entries.length,
    });
    return new Fields([...this.#entries, entry], this.#options);
  }
}

/**
 * Starts a list of middleware for fields. The first one is the outermost.
 *
 * @typeParam Context the context of the operation that the server makes
 * @example
 * const stack = fields<AppContext>().use(timing).on('User.email', mask).on('@auth', requireUser);
 * const schema = stack.apply(makeExecutableSchema({ typeDefs, resolvers }));
 */
export function fields<Context = unknown>(options: FieldsOptions = {}): Fields<Context, Context> {
  checkNames('fields()', options, ['phases', 'fieldResolver']);
  const { fieldResolver } = options;
  if (fieldResolver !== undefined && typeof fieldResolver !== 'function') {
    throw unexpected('fieldResolver', 'a function', fieldResolver);
  }
  return new Fields([], options);
}
