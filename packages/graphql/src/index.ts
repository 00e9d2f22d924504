/** The front door of @interpose/graphql. */
export type { FieldContext, FieldMiddleware } from './field-context.ts';
export type { FieldDescription } from './building/describe-field.ts';
export type { During, FieldOptions, FieldTraits } from './building/field-entry.ts';
export type { FieldSelector } from './building/selector.ts';
export { signalOf } from './call-signal.ts';
export { AlreadyAppliedError, UnknownFieldError } from './errors.ts';
export { type ContextOf, type Fields, fields, type FieldsOptions } from './fields.ts';
export { provideContext } from './provide-context.ts';
export type { WrappedSchema } from './wrapped-schema.ts';
export { type ApolloOptions, apolloOptions, type ApolloParts } from './servers/apollo-options.ts';
export type { SchemaTransform, ServerParts } from './servers/server-parts.ts';
export { type InterposePlugin, useInterpose } from './servers/use-interpose.ts';
export {
  type ComplexityLimit,
  complexityLimit,
  queryComplexity,
} from './limits/complexity-limit.ts';
export type {
  ComplexityEstimator,
  ComplexityOptions,
  FieldCost,
  ListSize,
} from './limits/complexity-options.ts';
export {
  depthLimit,
  type DepthLimitOptions,
  type IgnoredFields,
  queryDepth,
} from './limits/depth-limit.ts';
export {
  type Operation,
  type OperationLimit,
  operationLimits,
  type OperationLimits,
} from './limits/operation.ts';
export type { OnReject, Refusal } from './limits/refusal.ts';
export { costBudget, type CostBudgetOptions } from './limits/cost-budget.ts';
export {
  GRAPHQL_STACK,
  type GraphqlStack,
  graphqlStack,
  type GraphqlStackParts,
  type StackMember,
} from './graphql-stack.ts';
export type { Schedule } from './loaders/batch-loads.ts';
export { grouped, inOrder } from './loaders/in-order.ts';
export type {
  Load,
  LoadContext,
  LoadFunction,
  LoadNeeds,
  Loads,
  LoadSpec,
  LoadSpecs,
  Wanted,
} from './loaders/load.ts';
export { selectedFields } from './loaders/selected-fields.ts';
export { dataLoader, type DataLoaderOptions } from './middleware/data-loader.ts';
export { dataMasking, type DataMaskingOptions } from './middleware/data-masking.ts';
export { fieldAuth, type FieldAuthOptions } from './middleware/field-auth.ts';
export {
  type FieldTiming,
  fieldTiming,
  type FieldTimingOptions,
} from './middleware/field-timing.ts';
export { resolverMetrics, type ResolverMetricsOptions } from './middleware/resolver-metrics.ts';
export { type FieldPlan, perField } from './per-field.ts';
export type { FieldFacts } from './field-facts.ts';
export { perOperation } from './per-operation.ts';
export type { AuthCheck, AuthRule, ManyCheck, ManyContext } from './rules/auth-rule.ts';
export type { CallerOptions, Names } from './rules/caller.ts';
export type { Denial, DenialOptions, Denied } from './rules/denial.ts';
export type {
  FieldsMask,
  Mask,
  MaskContext,
  MaskFunction,
  MaskName,
  MaskRule,
} from './rules/mask-rule.ts';
export { lastOnly } from './rules/masks.ts';
export type { Rules } from './rules/rule-table.ts';
export {
  type TimingExtension,
  timingExtension,
  type TimingExtensionOptions,
} from './timing/timing-extension.ts';
export {
  collectTimings,
  type Timings,
  type TimingsOptions,
  type TimingSum,
} from './timing/timings.ts';
export {
  type ErrorMask,
  type MaskedError,
  maskErrors,
  type MaskErrorsOptions,
} from './operations/mask-errors.ts';
export { noIntrospection, type NoIntrospectionOptions } from './operations/no-introspection.ts';
export type { OperationParams } from './operations/operation-params.ts';
export {
  type OperationStore,
  type PersistedOperations,
  persistedOperations,
  type PersistedOperationsOptions,
  type ResolvedOperation,
} from './operations/persisted-operations.ts';
export {
  type PersistedOperationsPlugin,
  usePersistedOperations,
} from './operations/use-persisted-operations.ts';
