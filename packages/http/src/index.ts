/** The front door of @interpose/http. */
export { accepts, acceptsEncoding, acceptsLanguage, preferredType } from './accept.ts';
export { adopt, type Answer, answerWith } from './answer.ts';
export {
  App,
  type AppOptions,
  createApp,
  type HttpMiddleware,
  type Mountable,
  type RouteInfo,
} from './app.ts';
export type { AppServer, ServeOptions } from './app-server.ts';
export type { BackgroundTask } from './background-tasks.ts';
export { type BodyOptions, BodyReader } from './body-reader.ts';
export { AddressSet } from './cidr.ts';
export { MalformedCodingError } from './coder.ts';
export type { ContentCoding } from './content-codings.ts';
export {
  type Client,
  ClientResolver,
  type ProxyTrustOptions,
  UNKNOWN_ADDRESS,
} from './client-address.ts';
export { type HttpContext, RequestContext, type RequestSource } from './context.ts';
export {
  CorsPolicy,
  type CorsPolicyOptions,
  type CorsRequest,
  type OriginTest,
} from './cors-policy.ts';
export { type CookieOptions, cookieText, parseCookies } from './cookies.ts';
export {
  BodyTakenError,
  codeOf,
  HttpError,
  type HttpErrorOptions,
  isHttpError,
  RestUsedError,
  RouteConflictError,
  statusOf,
  titleOf,
} from './errors.ts';
export { EventLog } from './event-log.ts';
export type {
  EventLogOptions,
  RequestCallback,
  ResponseCallback,
  TracingOptions,
} from './event-log-options.ts';
export type {
  EventInfo,
  EventMessage,
  EventRequest,
  EventResponse,
  EventTraces,
} from './event-record.ts';
export { HeaderList } from './headers.ts';
export { HttpEvent } from './http-event.ts';
export type { LiveItems, LiveOptions } from './live-events.ts';
export { ApiKeys } from './api-keys.ts';
export type { MultipartOptions } from './multipart/multipart.ts';
export type { Part } from './multipart/part.ts';
export { safeFilename } from './multipart/safe-filename.ts';
export type { PathParams } from './path-params.ts';
export {
  type Problem,
  problemAnswer,
  type ProblemAnswer,
  type ProblemKind,
  problemOf,
  type ProblemOptions,
  type ProblemWords,
} from './problem.ts';
export { normalPath, readTarget, type RequestTarget } from './request-path.ts';
export { type FailureOptions, respond, type Run } from './respond.ts';
export { showProblem } from './show-problem.ts';
export { cancelBody, HttpResponse, type ResponseBody } from './response.ts';
export type {
  AddRoute,
  MaybeSchema,
  ResponseOptions,
  RouteContext,
  RouteHandler,
  RouteOptions,
  SecurityRequirement,
  Valid,
  ValidContext,
  WithValid,
} from './route-options.ts';
export type { EventStream } from './server-sent-events/event-sender.ts';
export type { SentEvent } from './server-sent-events/sent-event.ts';
export {
  type Events,
  type EventsSource,
  lastEventIdOf,
  sse,
  type SseOptions,
} from './server-sent-events/server-sent-events.ts';
export { isBodiless, sendResponse, type Sent } from './send.ts';
export {
  matches,
  mayOverlap,
  paramsOf,
  parsePattern,
  type PathPattern,
  type Segment,
  segmentsOf,
} from './routes/path-pattern.ts';
export { type Found, type RouteKey, RouteTable, type Wanted } from './routes/route-table.ts';
export type {
  JsonSchema,
  JsonSchemaConverter,
  OutputOf,
  StandardSchemaV1,
} from './standard-schema.ts';
export {
  type InputFault,
  type InputPart,
  ResponseInvalidError,
  SchemaFailedError,
  ValidationFailedError,
} from './validation-errors.ts';
export type { BodyKind } from './validation-input.ts';
