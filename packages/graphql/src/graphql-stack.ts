/** graphqlStack: the middleware and limits of a GraphQL server for production, each in its place. */
import { checkNames, unexpected } from '@interpose/kernel/options';
import type { Meter } from '@interpose/resilience/observing';
import type { FieldContext, FieldMiddleware } from './field-context.ts';
import { Fields } from './fields.ts';
import { complexityLimit } from './limits/complexity-limit.ts';
import { depthLimit } from './limits/depth-limit.ts';
import type { OperationLimit } from './limits/operation.ts';
import { fieldAuth } from './middleware/field-auth.ts';
import { fieldTiming } from './middleware/field-timing.ts';
import { resolverMetrics } from './middleware/resolver-metrics.ts';

/** The parts of the stack, the outermost first. */
export const GRAPHQL_STACK = [
  'dataLoader',
  'depthLimit',
  'complexityLimit',
  'fieldAuth',
  'dataMasking',
  'fieldTiming',
  'resolverMetrics',
] as const;

/** A middleware that needs no more of the context than there is, and adds nothing that others need. */
export type StackMember<Context> = (ctx: FieldContext<Context>, next: never) => unknown;

/**
 * What stands in each place; `false` for nobody, also where there is a default; `undefined` is as if it were not said.
 *
 * @typeParam Context the context of the operation round the stack
 * @typeParam Out the context that `dataLoader` hands on
 */
export interface GraphqlStackParts<Context = unknown, Out = Context> {
  /** Such as `dataLoader({ loaders })`. @default nobody */
  readonly dataLoader?: FieldMiddleware<Context, Out> | false;
  /** @default depthLimit(): 7 */
  readonly depthLimit?: OperationLimit | false;
  /** @default complexityLimit(): 1000 */
  readonly complexityLimit?: OperationLimit | false;
  /** @default fieldAuth(), which reads the directive `@auth` and `extensions.auth` of the schema */
  readonly fieldAuth?: StackMember<Context & Out> | false;
  /** Such as `dataMasking({ rules })`. @default nobody */
  readonly dataMasking?: StackMember<Context & Out> | false;
  /** @default fieldTiming(), for whoever collects timings */
  readonly fieldTiming?: StackMember<Context & Out> | false;
  /** @default resolverMetrics() with `meter`, if there is a meter */
  readonly resolverMetrics?: StackMember<Context & Out> | false;
  /** Where the default metrics count. @default nowhere */
  readonly meter?: Meter;
}

/** What a server mounts: `useInterpose(stack)`, or `apolloOptions({ schema, ...stack })`. */
export interface GraphqlStack<in In, Context> {
  /** Middleware for the fields of the schema. */
  readonly fields: Fields<In, Context>;
  /** Limits of operations; all of them are validation rules. */
  readonly limits: readonly OperationLimit[];
}

/**
 * Adds the stack to middleware for fields: loaders, limits · authorisation, masking · times, metrics, as in `GRAPHQL_STACK`. More can be
 * added further in: `stack.fields.use(…)`.
 *
 * @throws TypeError for a part that is no middleware or limit
 * @example
 * const stack = graphqlStack(fields<AppContext>(), {
 *   dataLoader: dataLoader({ loaders }),
 *   fieldAuth: fieldAuth({ rules: { 'User.email': 'admin' } }),
 *   dataMasking: dataMasking({ rules: { 'User.card': 'partial' } }),
 *   meter,
 * });
 * createYoga({ schema, plugins: [useInterpose(stack)] });
 */
export function graphqlStack<In, Context, Out = Context>(
  start: Fields<In, Context>,
  parts: GraphqlStackParts<Context, Out> = {},
): GraphqlStack<In, Context & Out> {
  if (!(start instanceof Fields)) throw unexpected('start', 'what fields() gives', start);
  checkNames('graphqlStack()', parts, [...GRAPHQL_STACK, 'meter']);
  const { meter } = parts;
  const members = {
    depthLimit: depthLimit(),
    complexityLimit: complexityLimit(),
    fieldAuth: fieldAuth(),
    fieldTiming: fieldTiming(),
    resolverMetrics: meter !== undefined && resolverMetrics({ meter }),
    // What is undefined is not said: nobody loses a limit by a condition in their options.
    ...Object.fromEntries(Object.entries(parts).filter(([, part]) => part !== undefined)),
  } as Readonly<Record<string, unknown>>;
  let stack = start as Fields<In, unknown>;
  const limits: OperationLimit[] = [];
  for (const name of GRAPHQL_STACK) {
    const member = members[name];
    if (member === undefined || member === false) continue;
    if (typeof member !== 'function')
      throw unexpected(name, 'a middleware, a limit or false', member);
    if (isLimit(name)) limits.push(member as OperationLimit);
    else stack = stack.use(member as FieldMiddleware, { name });
  }
  return { fields: stack as Fields<In, Context & Out>, limits };
}

const isLimit = (name: string): boolean => name === 'depthLimit' || name === 'complexityLimit';
