/** The front door of @interpose/http. */
export { type HttpContext, RequestContext } from './context.ts';
export {
  codeOf,
  HttpError,
  type HttpErrorOptions,
  isHttpError,
  statusOf,
  titleOf,
} from './errors.ts';
export { HeaderList } from './headers.ts';
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
