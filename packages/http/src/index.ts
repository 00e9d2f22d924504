/** The front door of @interpose/http. */
export { accepts, acceptsEncoding, acceptsLanguage, preferredType } from './context/accept.ts';
export { adopt, type Answer, answerWith } from './answer/answer.ts';
export {
  App,
  type AppOptions,
  createApp,
  type HttpMiddleware,
  type Mountable,
  type RouteInfo,
} from './app.ts';
export type { AppServer, ServeOptions } from './app-server.ts';
export type { BackgroundTask } from './events/background-tasks.ts';
export { type BodyOptions, BodyReader } from './context/body-reader.ts';
export { AddressSet } from './client/cidr.ts';
export { MalformedCodingError } from './coding/coder.ts';
export type { ContentCoding } from './coding/content-codings.ts';
export {
  type Client,
  ClientResolver,
  type ProxyTrustOptions,
  UNKNOWN_ADDRESS,
} from './client/client-address.ts';
export { type HttpContext, RequestContext, type RequestSource } from './context/context.ts';
export {
  CorsPolicy,
  type CorsPolicyOptions,
  type CorsRequest,
  type OriginTest,
} from './cors-policy.ts';
export { type CookieOptions, cookieText, parseCookies } from './context/cookies.ts';
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
export { EventLog } from './events/event-log.ts';
export type {
  EventLogOptions,
  RequestCallback,
  ResponseCallback,
  TracingOptions,
} from './events/event-log-options.ts';
export type {
  EventInfo,
  EventMessage,
  EventRequest,
  EventResponse,
  EventTraces,
} from './events/event-record.ts';
export { HeaderLine, HeaderList } from './context/headers.ts';
export { randomId } from './random-id.ts';
export { HttpEvent } from './events/http-event.ts';
export type { LiveItems, LiveOptions } from './events/live-events.ts';
export { ApiKeys } from './credentials/api-keys.ts';
export type { MultipartOptions } from './multipart/multipart.ts';
export type { Part } from './multipart/part.ts';
export { safeFilename } from './multipart/safe-filename.ts';
export type { PathParams } from './context/path-params.ts';
export {
  type Problem,
  problemAnswer,
  type ProblemAnswer,
  type ProblemKind,
  problemOf,
  type ProblemOptions,
  type ProblemWords,
} from './answer/problem.ts';
export { normalPath, readTarget, type RequestTarget } from './context/request-path.ts';
export { type FailureOptions, respond, type Run } from './answer/respond.ts';
export { showProblem } from './answer/show-problem.ts';
export { cancelBody, HttpResponse, type ResponseBody } from './context/response.ts';
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
} from './validation/route-options.ts';
export type { EventStream } from './server-sent-events/event-sender.ts';
export type { SentEvent } from './server-sent-events/sent-event.ts';
export {
  type Events,
  type EventsSource,
  lastEventIdOf,
  sse,
  type SseOptions,
} from './server-sent-events/server-sent-events.ts';
export { isBodiless, sendResponse, type Sent } from './answer/send.ts';
export {
  matches,
  mayOverlap,
  paramsOf,
  parsePattern,
  type PathPattern,
  type Segment,
  segmentsOf,
} from './routes/path-pattern.ts';
export {
  type Found,
  type RequestFacts,
  type RouteConditions,
  type RouteKey,
  RouteTable,
  type Wanted,
} from './routes/route-table.ts';
export type {
  JsonSchema,
  JsonSchemaConverter,
  OutputOf,
  StandardSchemaV1,
} from './validation/standard-schema.ts';
export {
  type InputFault,
  type InputPart,
  ResponseInvalidError,
  SchemaFailedError,
  ValidationFailedError,
} from './validation/validation-errors.ts';
export type { BodyKind } from './validation/validation-input.ts';
