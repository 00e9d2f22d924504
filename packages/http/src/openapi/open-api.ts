/** openApi: the OpenAPI 3.1 document of an app's routes. */
import { checkNames, unexpected } from '@interpose/kernel/options';
import type { RouteInfo } from '../app.ts';
import type { ResponseOptions, SecurityRequirement } from '../validation/route-options.ts';
import {
  METHODS,
  type OpenApiComponents,
  type OpenApiDocument,
  type OpenApiInfo,
  type OpenApiMethod,
  type OpenApiServer,
  type OpenApiTag,
  type Operation,
  type SecurityScheme,
} from './document.ts';
import { errorResponse, nameOfError, PROBLEM, VALIDATION_PROBLEM } from './error-responses.ts';
import { OperationIds } from './operation-ids.ts';
import { operationOf, requirementOf } from './operation.ts';
import { type PathTemplate, templateOf } from './parameters.ts';
import { SchemaBook } from './schema-book.ts';

/** What has routes: an app, a group of one, a FastApi. */
export interface RouteSource {
  routes(): readonly RouteInfo[];
}

/** Options of `openApi`. */
export interface OpenApiOptions {
  /** What the document is about: a title and a version at least. */
  readonly info: OpenApiInfo;
  /** Where it can be reached. @default where the document comes from */
  readonly servers?: readonly OpenApiServer[];
  /** How callers show who they are, by name. @default none */
  readonly securitySchemes?: Readonly<Record<string, SecurityScheme>>;
  /** What lets in where a route does not say, one of the list. @default nothing is needed */
  readonly security?: readonly SecurityRequirement[];
  /** What is said of tags, in the order in which they are shown. @default those of the routes */
  readonly tags?: readonly OpenApiTag[];
  /** The answers of errors that are no problem documents, by status. @default none */
  readonly errors?: Readonly<Record<number, ResponseOptions>>;
}

/** A document, and what could not be told. */
export interface OpenApiResult {
  readonly document: OpenApiDocument;
  /** One sentence each; empty if the document tells all that routes say. */
  readonly warnings: readonly string[];
}

const NAMES: readonly (keyof OpenApiOptions)[] = [
  'info',
  'servers',
  'securitySchemes',
  'security',
  'tags',
  'errors',
];

/**
 * Tells the routes of an app, or of a group, as an OpenAPI 3.1 document. The same routes always give the same text.
 *
 * @throws TypeError for options that are none
 * @example
 * const { document, warnings } = openApi(app, { info: { title: 'Tea', version: '1.0.0' } });
 */
export function openApi(source: RouteSource, options: OpenApiOptions): OpenApiResult {
  checkOpenApiOptions(options);
  return new Generation(options).of(source.routes());
}

/** @throws TypeError for options that are none */
export function checkOpenApiOptions(options: OpenApiOptions): void {
  checkNames('openApi()', options, NAMES);
  for (const name of ['title', 'version'] as const) {
    const text: unknown = (options.info as Partial<OpenApiInfo> | undefined)?.[name];
    if (typeof text !== 'string') throw unexpected(`info.${name}`, 'a text', text);
  }
}

/** One document in the making. */
class Generation {
  readonly #options: OpenApiOptions;
  readonly #book = new SchemaBook();
  readonly #ids = new OperationIds(this.#book.warnings);
  readonly #paths = new Map<string, Partial<Record<OpenApiMethod, Operation>>>();
  /** By what they are without names: those of the path that came first. */
  readonly #templates = new Map<string, PathTemplate>();
  readonly #errors = new Set<number>();

  constructor(options: OpenApiOptions) {
    this.#options = options;
    this.#book.keep('Problem', PROBLEM);
    this.#book.keep('ValidationProblem', VALIDATION_PROBLEM);
  }

  of(routes: readonly RouteInfo[]): OpenApiResult {
    for (const route of routes) if (route.meta['hidden'] !== true) this.#add(route);
    const { info, servers, security } = this.#options;
    const paths = [...this.#paths].map(([path, item]) => [path, inOrder(item)] as const);
    const tags = this.#tags();
    this.#checkSecurity();
    const components = this.#components();
    const document: OpenApiDocument = {
      openapi: '3.1.0',
      info,
      ...(servers?.length && { servers }),
      ...(security?.length && { security: security.map(requirementOf) }),
      ...(tags.length > 0 && { tags }),
      paths: Object.fromEntries(paths),
      ...(Object.keys(components).length > 0 && { components }),
    };
    return { document, warnings: [...new Set(this.#book.warnings)] };
  }

  #add(route: RouteInfo): void {
    const own = templateOf(route.path);
    const bare = own.template.replaceAll(/\{\w+\}/g, '{}');
    const first = this.#templates.get(bare) ?? own;
    this.#templates.set(bare, first);
    // Paths that differ only in names are one path.
    const names = own.names.map(
      ([inRoute], at) => [inRoute, first.names[at]?.[1] ?? inRoute] as const,
    );
    const item = this.#paths.get(first.template) ?? {};
    const methods = this.#methodsOf(route);
    for (const method of methods) {
      const where = `${method.toUpperCase()} ${route.path}`;
      if (item[method]) {
        this.#book.warnings.push(
          `${where}: another host has it as well, and a document has room for one`,
        );
        continue;
      }
      const operationId = this.#ids.take(route, method, methods.length === 1);
      const security = this.#options.security ?? [];
      const made = operationOf({ route, names, operationId, where, security }, this.#book);
      item[method] = made.operation;
      for (const status of made.errors) this.#errors.add(status);
    }
    if (Object.keys(item).length > 0) this.#paths.set(first.template, item);
  }

  /** HEAD and OPTIONS follow from the others, and say nothing of their own. */
  #methodsOf({ methods, path }: RouteInfo): readonly OpenApiMethod[] {
    if (methods.length === 0) return METHODS.filter((method) => method !== 'trace');
    const lower = new Set(methods.map((method) => method.toLowerCase()));
    for (const method of lower) {
      const isKnown = [...METHODS, 'head', 'options'].includes(method);
      if (!isKnown)
        this.#book.warnings.push(`${method.toUpperCase()} ${path}: documents have no such method`);
    }
    return METHODS.filter((method) => lower.has(method));
  }

  #operations(): readonly Operation[] {
    return [...this.#paths.values()].flatMap((item) => Object.values(item));
  }

  #tags(): readonly OpenApiTag[] {
    const given = this.#options.tags ?? [];
    const known = new Set(given.map(({ name }) => name));
    const used = new Set(this.#operations().flatMap(({ tags = [] }) => tags));
    return [...given, ...[...used].filter((name) => !known.has(name)).map((name) => ({ name }))];
  }

  #checkSecurity(): void {
    const known = this.#options.securitySchemes ?? {};
    const wanted = [
      ...(this.#options.security ?? []).map(requirementOf),
      ...this.#operations().flatMap(({ security = [] }) => security),
    ];
    for (const name of wanted.flatMap((one) => Object.keys(one))) {
      if (!Object.hasOwn(known, name)) {
        this.#book.warnings.push(
          `security: no scheme is called "${name}"; add it to securitySchemes`,
        );
      }
    }
  }

  #components(): OpenApiComponents {
    const { securitySchemes = {}, errors = {} } = this.#options;
    const responses = [...this.#errors]
      .toSorted((one, other) => one - other)
      .map((status) => {
        const options = errors[status];
        const name = nameOfError(status);
        const place = { where: `error ${status}`, name };
        const schema = options?.schema && this.#book.schemaFor(options.schema, 'output', place);
        return [name, errorResponse(status, options && { options, schema })] as const;
      });
    const { Problem, ValidationProblem, ...others } = this.#book.schemas;
    const isNeeded = responses.some(([, { content }]) => content?.['application/problem+json']);
    const schemas = {
      ...others,
      ...(isNeeded && { Problem }),
      ...(this.#errors.has(422) && !errors[422] && { ValidationProblem }),
    } as OpenApiComponents['schemas'] & object;
    return {
      ...(Object.keys(schemas).length > 0 && { schemas }),
      ...(responses.length > 0 && { responses: Object.fromEntries(responses) }),
      ...(Object.keys(securitySchemes).length > 0 && { securitySchemes }),
    };
  }
}

/** The operations of a path, always in the order of the methods. */
function inOrder(
  item: Partial<Record<OpenApiMethod, Operation>>,
): Partial<Record<OpenApiMethod, Operation>> {
  return Object.fromEntries(
    METHODS.flatMap((method) => (item[method] ? [[method, item[method]]] : [])),
  );
}
