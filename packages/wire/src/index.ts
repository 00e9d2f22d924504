/** The front door of @interpose/wire. */
export type { Clock } from './clock.ts';
export { systemClock } from './clock.ts';
export {
  AnswerOrderError,
  BodyLengthError,
  BodyUsedError,
  ClientLeftError,
  InvalidHeaderError,
  ListenFailedError,
  RefusedMessageError,
  WireError,
} from './errors.ts';
export type { Endpoint, Exchange, Handler, Upgraded } from './exchange.ts';
export { type BodySink, type IncomingBody, type ReadOptions } from './incoming-body.ts';
export type { LimitOptions } from './limits.ts';
export { RULES, type Rule, type RuleCode } from './rules.ts';
export {
  type CloseOptions,
  createServer,
  type ListenOptions,
  type Server,
  type ServerOptions,
} from './server.ts';
export type {
  ConnectionOptions,
  Refusal,
  ServerStats,
  ServerTimeoutOptions,
} from './server-state.ts';
