/** Makes a problem document the answer to a request. */
import type { ProblemAnswer } from './problem.ts';
import type { HttpResponse } from '../context/response.ts';

/** What told of the answer that is not given now. */
const OF_THE_BODY = [
  'Content-Length',
  'Content-Encoding',
  'Content-Range',
  'Content-Language',
  'Content-Location',
  'Content-Disposition',
  'ETag',
  'Last-Modified',
];

/** Puts a problem in the place of whatever was to be answered. */
export function showProblem(
  response: HttpResponse,
  { status, headers, body }: ProblemAnswer,
): void {
  response.status = status;
  for (const name of OF_THE_BODY) response.headers.delete(name);
  for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
  response.body = body;
}
