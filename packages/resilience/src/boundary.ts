/** Boundary: errors, and who answers them: a layer for each kind, and one boundary round everything. */
export { createErrorHandler, type ErrorHandlerOptions } from './boundary/error-handler.ts';
export { type ErrorFacts, errorFacts, formatMiddlewareTrace } from './boundary/error-facts.ts';
export {
  businessErrors,
  criticalErrors,
  type CriticalOptions,
  type ErrorLayer,
  errorLayers,
  type ErrorLayersOptions,
  type ErrorTracker,
  type LayerFailure,
  type LayerOptions,
  systemErrors,
} from './boundary/error-layers.ts';
export type { ErrorLog } from './boundary/error-log.ts';
export {
  errorMiddleware,
  type ErrorMiddlewareOptions,
  type ErrorNotes,
} from './boundary/error-middleware.ts';
export {
  type ErrorReport,
  ErrorReporter,
  type ErrorReporterOptions,
  type ErrorSummary,
} from './boundary/error-reporter.ts';
export { answerTo, type ErrorClass, type ErrorRule } from './boundary/error-rule.ts';
export {
  BusinessRuleError,
  ChainError,
  ConfigurationError,
  ContextError,
  DatabaseError,
  type FieldError,
  ValidationError,
  type ValidationFacts,
} from './boundary/errors.ts';
export { exceptionBoundary, type ExceptionBoundaryOptions } from './boundary/exception-boundary.ts';
export { type ErrorMetadata, MiddlewareError } from './boundary/middleware-error.ts';
export {
  BARE_PROBLEM,
  type Problem,
  problemOf,
  problemRules,
  type ProblemRule,
  type ProblemRules,
  PROBLEMS,
  type ProblemTable,
} from './boundary/problem.ts';
