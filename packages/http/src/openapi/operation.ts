/** A route as an operation of a document. */
import { isThenable } from '@interpose/kernel';
import type { RouteInfo } from '../app.ts';
import { titleOf } from '../errors.ts';
import {
  type ResponseOptions,
  responseSchema,
  type SecurityRequirement,
} from '../validation/route-options.ts';
import { isSchema, type JsonSchema, type StandardSchemaV1 } from '../validation/standard-schema.ts';
import type { BodyKind } from '../validation/validation-input.ts';
import type { DocumentResponse, MediaType, Operation, Reference } from './document.ts';
import { nameOfError } from './error-responses.ts';
import { parametersOf, type PathTemplate } from './parameters.ts';
import type { SchemaBook } from './schema-book.ts';

const TYPES: Readonly<Record<BodyKind, string>> = {
  json: 'application/json',
  urlencoded: 'application/x-www-form-urlencoded',
  multipart: 'multipart/form-data',
};

/** What an operation is made from. */
export interface OperationSource {
  readonly route: RouteInfo;
  readonly names: PathTemplate['names'];
  readonly operationId: string;
  /** The method and the path, for warnings. */
  readonly where: string;
  /** What the whole document asks for, where the route does not say. */
  readonly security: readonly SecurityRequirement[];
}

/** The operation, and the statuses of errors that it refers to. */
export function operationOf(
  source: OperationSource,
  book: SchemaBook,
): { readonly operation: Operation; readonly errors: readonly number[] } {
  const { route, operationId } = source;
  const { tags, summary, description, deprecated, security } = route.options;
  const parameters = parametersOf(source, book);
  const requestBody = bodyOf(source, book);
  const errors = errorsOf(source);
  return {
    errors,
    operation: {
      ...(tags?.length && { tags }),
      ...(summary !== undefined && { summary }),
      ...(description !== undefined && { description }),
      operationId,
      ...(parameters.length > 0 && { parameters }),
      ...(requestBody && { requestBody }),
      responses: responsesOf(source, errors, book),
      ...(deprecated && { deprecated }),
      ...(security && { security: security.map(requirementOf) }),
    },
  };
}

/** A requirement as documents write it. */
export function requirementOf(
  requirement: SecurityRequirement,
): Readonly<Record<string, readonly string[]>> {
  return typeof requirement === 'string' ? { [requirement]: [] } : requirement;
}

function bodyOf(
  { route: { options }, where, operationId }: OperationSource,
  book: SchemaBook,
): Operation['requestBody'] {
  const { body, bodyKinds = ['json'] } = options;
  if (!body) return undefined;
  const place = { where: `${where}, body`, name: `${operationId}_body` };
  const schema = book.schemaFor(body, 'input', place);
  const content = bodyKinds.map((kind): [string, MediaType] => [TYPES[kind], { schema }]);
  return { required: !mayBeMissing(body), content: Object.fromEntries(content) };
}

/** Nothing but the schema itself can tell. */
function mayBeMissing(schema: StandardSchemaV1): boolean {
  try {
    const answer = schema['~standard'].validate(undefined);
    if (!isThenable(answer)) return !answer.issues;
    answer.then(undefined, () => {});
  } catch {
    // It is the request that will tell of it.
  }
  return false;
}

/** The errors that are to be expected from what the route says of itself, but those that it tells itself. */
function errorsOf({ route: { options }, names, security }: OperationSource): readonly number[] {
  const { body, query, params, headers, responses = {} } = options;
  const isChecked = body ?? query ?? params ?? headers;
  const isGuarded = (options.security ?? security).length > 0;
  const statuses = [
    ...(body || query ? [400] : []),
    ...(isGuarded ? [401, 403] : []),
    ...(names.length > 0 ? [404] : []),
    ...(body ? [415] : []),
    ...(isChecked ? [422] : []),
  ];
  return statuses.filter((status) => !(status in responses));
}

function responsesOf(
  { route: { options }, where, operationId }: OperationSource,
  errors: readonly number[],
  book: SchemaBook,
): Operation['responses'] {
  const { responses = {} } = options;
  const told: Record<string, DocumentResponse | Reference> = {};
  for (const status of errors) {
    told[status] = { $ref: `#/components/responses/${nameOfError(status)}` };
  }
  for (const [status, given] of Object.entries(responses)) {
    const schema = responseSchema(options, Number(status));
    const place = { where: `${where}, ${status}`, name: `${operationId}_${status}` };
    const shown = schema && book.schemaFor(schema, 'output', place);
    told[status] = responseOf(Number(status), isSchema(given) ? {} : given, shown);
  }
  if (!Object.keys(told).some((status) => status.startsWith('2') || status.startsWith('3'))) {
    told['200'] = { description: words(200) };
  }
  // Names that are whole numbers are in order by themselves.
  return told;
}

function responseOf(
  status: number,
  { description, contentType }: ResponseOptions,
  schema: JsonSchema | undefined,
): DocumentResponse {
  const type = contentType ?? (schema?.['type'] === 'string' ? 'text/plain' : 'application/json');
  const isTold = schema ?? (contentType === undefined ? undefined : {});
  return {
    description: description ?? words(status),
    ...(isTold && { content: { [type]: { schema: isTold } } }),
  };
}

const words = (status: number): string =>
  SUCCESSES[status] ?? (status < 400 ? (status < 300 ? 'Done' : 'Elsewhere') : titleOf(status));

const SUCCESSES: Readonly<Record<number, string>> = {
  200: 'OK',
  201: 'Created',
  202: 'Accepted',
  204: 'No Content',
  206: 'Partial Content',
  301: 'Moved Permanently',
  302: 'Found',
  303: 'See Other',
  304: 'Not Modified',
  307: 'Temporary Redirect',
  308: 'Permanent Redirect',
};
