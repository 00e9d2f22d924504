/** The answers of errors that every operation may have, told once. */
import { titleOf } from '../errors.ts';
import type { ResponseOptions } from '../validation/route-options.ts';
import type { JsonSchema } from '../validation/standard-schema.ts';
import type { DocumentResponse } from './document.ts';

/** Statuses of errors and what they are called in a document. */
const NAMES: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  415: 'UnsupportedMediaType',
  422: 'ValidationFailed',
};

/** A problem document, as JSON Schema. */
export const PROBLEM: JsonSchema = {
  type: 'object',
  description: 'What went wrong (RFC 9457).',
  properties: {
    type: {
      type: 'string',
      format: 'uri-reference',
      description: 'Identifies the kind of problem.',
    },
    title: { type: 'string' },
    status: { type: 'integer', minimum: 400, maximum: 599 },
    detail: { type: 'string', description: 'What happened this time.' },
    code: { type: 'string', description: 'The same in every release, for programs to tell by.' },
    requestId: { type: 'string', description: 'Identifies the request in logs.' },
  },
  required: ['type', 'title', 'status', 'code'],
};

/** The problem that input which is not valid is. */
export const VALIDATION_PROBLEM: JsonSchema = {
  allOf: [{ $ref: '#/components/schemas/Problem' }],
  properties: {
    errors: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          in: { type: 'string', enum: ['params', 'query', 'headers', 'body'] },
          path: { type: 'string', description: 'Names and indices between dots.' },
          message: { type: 'string' },
        },
        required: ['in', 'path', 'message'],
      },
    },
  },
  required: ['errors'],
};

/** What it is called where operations refer to it. */
export function nameOfError(status: number): string {
  return NAMES[status] ?? `Status${status}`;
}

/** The answer of an error; with a schema of its own if it is given. */
export function errorResponse(
  status: number,
  given: { readonly options: ResponseOptions; readonly schema: JsonSchema | undefined } | undefined,
): DocumentResponse {
  const description = given?.options.description ?? titleOf(status);
  if (given) {
    const { contentType = 'application/json' } = given.options;
    return {
      description,
      ...(given.schema && { content: { [contentType]: { schema: given.schema } } }),
    };
  }
  const name = status === 422 ? 'ValidationProblem' : 'Problem';
  const schema = { $ref: `#/components/schemas/${name}` };
  return { description, content: { 'application/problem+json': { schema } } };
}
