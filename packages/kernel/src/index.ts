/** The front door of @interpose/kernel. */
export { type CancelTimer, type Clock, sleep, systemClock, type TimerOptions } from './clock.ts';
export { compose, type Composable } from './compose.ts';
export {
  CodedError,
  ConductError,
  DoubleNextError,
  EarlyReturnError,
  LostResultError,
  NoAnswerError,
} from './errors.ts';
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
export { checkMs, checkNames, checkWhole, nearest, outOfRange, unexpected } from './option.ts';
export { memoryStore, type MemoryStoreOptions, type Store } from './store.ts';
