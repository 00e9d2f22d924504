/** The front door of @interpose/kernel. */
export type { CancelTimer, Clock, TimerOptions } from './clock.ts';
export { branch, type Perhaps, provide, when, withContext } from './combinators.ts';
export type { Composable } from './compose.ts';
export { compose } from './compose-proven.ts';
export { Context, createContext } from './context.ts';
export type { Description } from './describe.ts';
export {
  CodedError,
  ConductError,
  DoubleNextError,
  EarlyReturnError,
  LostResultError,
  MissingKeyError,
  NoAnswerError,
  OrderError,
  UnexpectedPromiseError,
  UnknownBranchError,
  UnknownMiddlewareError,
} from './errors.ts';
export { COPY, extend } from './extend.ts';
export { type Answer, answer, type HookResult, type Hooks, type Outcome } from './hook.ts';
export { after, before, type ContextPolicy, createMiddleware, tap } from './hooks.ts';
export { isolate, type IsolateOptions } from './isolate.ts';
export {
  type AnyMiddleware,
  type Awaitable,
  type Handler,
  isThenable,
  type Middleware,
  type MiddlewareObject,
  type Next,
  type Policy,
  type SyncMiddleware,
} from './middleware.ts';
export {
  type EditOptions,
  type Pipeline,
  pipeline,
  type PipelineOptions,
  type Runner,
} from './pipeline.ts';
export {
  type ForkOptions,
  type RepeatableNext,
  repeats,
  type RepeatingMiddleware,
} from './repeats.ts';
export { define } from './layer.ts';
export type { Placement, Traits } from './traits.ts';
export { use } from './use.ts';
export {
  type AnyFunction,
  type CallContext,
  type CallData,
  type FunctionMiddleware,
  wrap,
  type Wrapped,
  type WrappedMembers,
  wrapWithContext,
} from './wrap.ts';
