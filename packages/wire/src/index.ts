/** The front door of @interpose/wire. */
export type { ClientAnswer } from './client-answer.ts';
export type { Call } from './client-call.ts';
export type { AnswerReceiver, ClientRequest } from './client-request.ts';
export type { Clock } from './clock.ts';
export { systemClock } from './clock.ts';
export { createDnsCache, type DnsCache, type DnsCacheOptions } from './dns-cache.ts';
export {
  AnswerOrderError,
  BadAnswerError,
  BodyIdleTimeoutError,
  BodyLengthError,
  BodyUsedError,
  ClientLeftError,
  ConnectFailedError,
  ConnectionLostError,
  ConnectTimeoutError,
  FirstByteTimeoutError,
  InvalidHeaderError,
  ListenFailedError,
  PoolClosedError,
  PoolFullError,
  PoolTimeoutError,
  RefusedMessageError,
  RequestBodyError,
  RequestFailedError,
  WireError,
} from './errors.ts';
export { statusOfFailure } from './failure-status.ts';
export type { Endpoint, Exchange, Handler, Upgraded } from './exchange.ts';
export {
  type BodySink,
  type BodySource,
  IncomingBody,
  isIncomingBody,
  type ReadOptions,
} from './incoming-body.ts';
export type { LimitOptions } from './limits.ts';
export { createPool, type Pool, type PoolStats, type RequestOptions } from './pool.ts';
export type { PoolOptions } from './pool-options.ts';
export type { RequestBody } from './request-body.ts';
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
export type { HostAddress, Resolution, Resolver } from './system-resolver.ts';
export type { ServerTlsOptions } from './tls-front.ts';
