/** How a form that is malformed or too large is refused. */
import { HttpError } from '../errors.ts';

/** The form is malformed, or ends before its end. */
export function malformed(detail: string): HttpError {
  return new HttpError(400, detail, { code: 'INVALID_FORM' });
}

/** There is more of something than there may be. */
export function tooLarge(code: string, detail: string): HttpError {
  return new HttpError(413, detail, { code });
}
