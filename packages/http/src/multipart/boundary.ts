/** The boundary between the parts of a form, as its head says (RFC 2046 section 5.1.1). */
import { HttpError } from '../errors.ts';
import { parseParameters } from './parameters.ts';
import { malformed } from './refusals.ts';

/** From 1 to 70 of these, the last one no blank. */
const BOUNDARY = /^[0-9A-Za-z'()+_,\-./:=? ]{0,69}[0-9A-Za-z'()+_,\-./:=?]$/;

/**
 * Takes it out of a `Content-Type`.
 *
 * @throws HttpError 415 if it says something else than `multipart/form-data`, 400 if it has no boundary that can be one
 */
export function boundaryOf(contentType = ''): string {
  if (!/^multipart\/form-data[ \t]*(?:;|$)/i.test(contentType)) {
    throw new HttpError(415, 'Expected the parts of a form');
  }
  const boundary = parseParameters(contentType)?.parameters.get('boundary') ?? '';
  if (!BOUNDARY.test(boundary)) throw malformed('The boundary is missing or malformed');
  return boundary;
}
