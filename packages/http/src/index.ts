/** The front door of @interpose/http. */
export { type HttpContext, RequestContext } from './context.ts';
export type {
  CloseOptions,
  Endpoint,
  HeadFault,
  HttpEngine,
  HttpExchange,
  HttpServer,
  ListenOptions,
  OnExchange,
} from './engine.ts';
export {
  BodyUsedError,
  ClientLeftError,
  codeOf,
  InvalidHeaderError,
  HttpError,
  type HttpErrorOptions,
  isHttpError,
  ListenFailedError,
  statusOf,
  titleOf,
} from './errors.ts';
export { HeaderList } from './headers.ts';
export { idleTimer, type IdleTimer } from './idle-timer.ts';
export { nodeEngine, type NodeEngineOptions } from './node-engine.ts';
export {
  type Problem,
  problemAnswer,
  type ProblemAnswer,
  problemOf,
  type ProblemOptions,
} from './problem.ts';
export { normalPath, readTarget, type RequestTarget } from './request-path.ts';
export { cancelBody, HttpResponse, type ResponseBody } from './response.ts';
export { isBodiless, sendResponse, type Sent } from './send.ts';
