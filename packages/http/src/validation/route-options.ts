/** What a route is added with besides its path and its handler: schemas for what comes in and goes out, and what describes it. */
import { checkNames, outOfRange, unexpected } from '@interpose/kernel/options';
import type { Answer } from '../answer/answer.ts';
import type { HttpContext } from '../context/context.ts';
import type { PathParams } from '../context/path-params.ts';
import { isSchema, type OutputOf, type StandardSchemaV1 } from './standard-schema.ts';
import type { BodyKind } from './validation-input.ts';

/** A schema, or none. */
export type MaybeSchema = StandardSchemaV1 | undefined;

/** What an answer with one status is like. */
export interface ResponseOptions {
  /** @default the words that belong to the status */
  readonly description?: string;
  /** @default none: nothing is said of the body */
  readonly schema?: StandardSchemaV1;
  /** @default JSON, or plain text where the schema says that it is a text */
  readonly contentType?: string;
}

/** A scheme by its name, or several that are needed together with the scopes that each needs. */
export type SecurityRequirement = string | Readonly<Record<string, readonly string[]>>;

/** What a route is added with. */
export interface RouteOptions<
  Body extends MaybeSchema = MaybeSchema,
  Query extends MaybeSchema = MaybeSchema,
  Params extends MaybeSchema = MaybeSchema,
  Headers extends MaybeSchema = MaybeSchema,
> {
  /** Checks the body. @default the body is not read */
  readonly body?: Body;
  /** Checks the query: a name that comes once is a text, one that comes several times a list. */
  readonly query?: Query;
  /** Checks the parameters of the path. */
  readonly params?: Params;
  /** Checks the headers, whose names are in lower case. */
  readonly headers?: Headers;
  /** The kinds of body that are taken where there is a schema for it. @default all of them */
  readonly bodyKinds?: readonly BodyKind[];
  /** What comes back, by status. */
  readonly responses?: Readonly<Record<number, StandardSchemaV1 | ResponseOptions>>;
  /** What it does, in a few words. */
  readonly summary?: string;
  /** What it does, at length. */
  readonly description?: string;
  /** The groups that it belongs to where routes are shown. */
  readonly tags?: readonly string[];
  /** Names it for programs. @default made from its method and path */
  readonly operationId?: string;
  /** Whether it should not be used any more. @default false */
  readonly deprecated?: boolean;
  /** What lets in, one of the list; an empty list: nothing is needed. It describes; middleware checks. @default that of the document */
  readonly security?: readonly SecurityRequirement[];
  /** Shown where routes are listed. @default the methods and the path */
  readonly name?: string;
  /** @default every host */
  readonly host?: string;
  /** What else there is to say of it to people and programs; `hidden: true` keeps it out of documents. */
  readonly meta?: Readonly<Record<string, unknown>>;
}

/** The values that schemas gave for the parts of a request. */
export type Valid<Parts> = {
  readonly [
    Name in keyof Parts as Parts[Name] extends StandardSchemaV1 ? Name : never
  ]: Parts[Name] extends StandardSchemaV1 ? OutputOf<Parts[Name]> : never;
};

/** The context that a route's handler is given. */
export type RouteContext<Ctx, Path extends string> = Omit<Ctx, 'params'> & {
  readonly params: PathParams<Path>;
};

/** What the schemas of a route gave; nothing without schemas. */
export type WithValid<Parts> = keyof Valid<Parts> extends never
  ? unknown
  : { readonly valid: Valid<Parts> };

/** The context of a handler with what the schemas of the route gave. */
export type ValidContext<Ctx, Path extends string, Parts> = RouteContext<Ctx, Path> &
  WithValid<Parts>;

/** Answers a request. */
export type RouteHandler<Ctx> = (ctx: Ctx) => Answer | PromiseLike<Answer>;

/** Adds a route, and gives what it was added to. */
export interface AddRoute<Ctx, Self> {
  <Path extends string>(path: Path, handler: RouteHandler<RouteContext<Ctx, Path>>): Self;
  <
    Path extends string,
    Body extends MaybeSchema = undefined,
    Query extends MaybeSchema = undefined,
    Params extends MaybeSchema = undefined,
    Headers extends MaybeSchema = undefined,
  >(
    path: Path,
    options: RouteOptions<Body, Query, Params, Headers>,
    handler: RouteHandler<
      ValidContext<Ctx, Path, { body: Body; query: Query; params: Params; headers: Headers }>
    >,
  ): Self;
}

/** What comes behind the path of a route. */
export type RouteRest =
  | readonly [handler: RouteHandler<never>]
  | readonly [options: RouteOptions, handler: RouteHandler<never>];

const NAMES: readonly (keyof RouteOptions)[] = [
  'body',
  'query',
  'params',
  'headers',
  'bodyKinds',
  'responses',
  'summary',
  'description',
  'tags',
  'operationId',
  'deprecated',
  'security',
  'name',
  'host',
  'meta',
];
const PARTS = ['body', 'query', 'params', 'headers'] as const;
const KINDS: readonly BodyKind[] = ['json', 'urlencoded', 'multipart'];
const NO_OPTIONS: RouteOptions = Object.freeze({});

/**
 * Takes apart what comes behind the path of a route.
 *
 * @throws TypeError or RangeError for options that are none, or stand behind the handler
 */
export function routeParts(
  of: string,
  rest: RouteRest,
): { readonly options: RouteOptions; readonly handler: RouteHandler<HttpContext> } {
  const [options, handler] = rest.length > 1 ? rest : [NO_OPTIONS, rest[0]];
  if (typeof handler !== 'function')
    throw unexpected('handler', 'a function, the last of all', handler);
  if (typeof options !== 'object' || options === null) {
    throw unexpected('options', 'an object that stands before the handler', options);
  }
  if (options !== NO_OPTIONS) checkOptions(of, options);
  return { options, handler: handler as RouteHandler<HttpContext> };
}

function checkOptions(of: string, options: RouteOptions): void {
  checkNames(of, options, NAMES);
  for (const part of PARTS) {
    const schema = options[part];
    if (schema !== undefined && !isSchema(schema)) {
      throw unexpected(part, 'a schema by Standard Schema v1', schema);
    }
  }
  const { bodyKinds = KINDS, responses = {} } = options;
  if (!Array.isArray(bodyKinds) || bodyKinds.some((kind) => !KINDS.includes(kind))) {
    throw outOfRange('bodyKinds', `a list of ${KINDS.join(', ')}`, bodyKinds);
  }
  for (const [status, response] of Object.entries(responses)) {
    if (!/^[1-5]\d\d$/.test(status)) throw outOfRange('responses', 'a record by status', status);
    const schema = isSchema(response) ? response : response?.schema;
    const isDescribed = typeof response === 'object' && response !== null;
    if (!isSchema(schema) && (schema !== undefined || !isDescribed)) {
      throw unexpected(
        `responses.${status}`,
        'a schema by Standard Schema v1, or an object',
        response,
      );
    }
  }
}

/** The schema of answers with a status, if there is one. */
export function responseSchema(
  { responses }: RouteOptions,
  status: number,
): StandardSchemaV1 | undefined {
  const response = responses?.[status];
  return isSchema(response) ? response : response?.schema;
}
