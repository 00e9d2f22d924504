/** The front door of @interpose/http. */
export { accepts, acceptsEncoding, acceptsLanguage, preferredType } from './accept.ts';
export { adopt, type Answer, answerWith } from './answer.ts';
export {
  App,
  type AppOptions,
  createApp,
  type HttpMiddleware,
  type RouteContext,
  type RouteHandler,
  type RouteInfo,
  type RouteOptions,
} from './app.ts';
export type { AppServer, ServeOptions } from './app-server.ts';
export { type BodyOptions, BodyReader } from './body-reader.ts';
export { AddressSet } from './cidr.ts';
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
  codeOf,
  HttpError,
  type HttpErrorOptions,
  isHttpError,
  RouteConflictError,
  statusOf,
  titleOf,
} from './errors.ts';
export {
  type EventLogOptions,
  EventLog,
  type RequestCallback,
  type ResponseCallback,
  type TracingOptions,
} from './event-log.ts';
export { HeaderList } from './headers.ts';
export {
  type BackgroundTask,
  type EventInfo,
  type EventMessage,
  type EventRequest,
  type EventResponse,
  type EventTraces,
  HttpEvent,
} from './http-event.ts';
export type { LiveItems, LiveOptions } from './live-events.ts';
export { ApiKeys } from './api-keys.ts';
export type { PathParams } from './path-params.ts';
export {
  type Problem,
  problemAnswer,
  type ProblemAnswer,
  problemOf,
  type ProblemOptions,
} from './problem.ts';
export { normalPath, readTarget, type RequestTarget } from './request-path.ts';
export { type FailureOptions, respond, type Run } from './respond.ts';
export { cancelBody, HttpResponse, type ResponseBody } from './response.ts';
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
