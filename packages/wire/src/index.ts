/** The front door of @interpose/wire. */
export type { ClientAnswer } from './pool/client-answer.ts';
export type { Call } from './pool/client-call.ts';
export type { AnswerReceiver, ClientRequest } from './pool/client-request.ts';
export type { Clock } from './clock.ts';
export { systemClock } from './clock.ts';
export { createDnsCache, type DnsCache, type DnsCacheOptions } from './dns-cache/dns-cache.ts';
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
export { statusOfFailure } from './pool/failure-status.ts';
export type { Endpoint, Exchange, Handler, TlsSession, Upgraded } from './exchange/exchange.ts';
export {
  type BodySink,
  type BodySource,
  IncomingBody,
  isIncomingBody,
  type ReadOptions,
} from './incoming-body.ts';
export type { LimitOptions } from './message-reader/limits.ts';
export { createPool, type Pool, type PoolStats, type RequestOptions } from './pool/pool.ts';
export type { PoolOptions } from './pool/pool-options.ts';
export type { RequestBody } from './pool/request-body.ts';
export { RULES, type Rule, type RuleCode } from './rules.ts';
export {
  type CloseOptions,
  createServer,
  type Server,
  type ServerOptions,
} from './server/server.ts';
export type {
  ConnectionOptions,
  Refusal,
  ServerStats,
  ServerTimeoutOptions,
} from './exchange/server-state.ts';
export { type ListenOptions, Port, type PortAddress } from './server/port.ts';
export type { HostAddress, Resolution, Resolver } from './dns-cache/system-resolver.ts';
export type { ServerTlsOptions } from './server/tls-front.ts';
