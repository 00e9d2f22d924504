/** The front door of @interpose/http. */
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
export { type HttpContext, RequestContext, type RequestSource } from './context.ts';
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
export { HeaderList } from './headers.ts';
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
