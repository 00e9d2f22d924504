/** The OpenAPI document of a FastApi: its own routes and those of apps mounted on it, with the key where one is needed. */
import type { RouteInfo } from '../app.ts';
import { keptDocument } from '../openapi/docs-page.ts';
import type { OpenApiDocument } from '../openapi/document.ts';
import type { OpenApiOptions } from '../openapi/open-api.ts';
import { describeSchema } from '../openapi/schema-book.ts';
import type { StandardSchemaV1 } from '../validation/standard-schema.ts';

/** What the document is made from. */
export interface DocumentSource {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  /** The name of the header and the cookie with the key; nothing if none is asked for. */
  readonly keyName: string | undefined;
  /** True for a path that needs no key. */
  readonly isOpen: (path: string) => boolean;
  readonly routes: () => readonly RouteInfo[];
}

/** The options that the document is made with. */
export function documentOptions(source: Omit<DocumentSource, 'routes' | 'isOpen'>): OpenApiOptions {
  const { name, version, description, keyName } = source;
  const info = { title: name, version, ...(description && { description }) };
  if (keyName === undefined) return { info };
  return {
    info,
    securitySchemes: {
      apiKeyHeader: { type: 'apiKey', in: 'header', name: keyName },
      apiKeyCookie: { type: 'apiKey', in: 'cookie', name: keyName },
    },
    security: ['apiKeyHeader', 'apiKeyCookie'],
    errors: { 401: { description: 'No key, or a wrong one', schema: REFUSAL } },
  };
}

/** Routes as the document has them: those that need no key say so. */
export function documentRoutes({ routes, isOpen, keyName }: DocumentSource): () => RouteInfo[] {
  const opened = new WeakMap<RouteInfo, RouteInfo>();
  return () =>
    routes().map((route) => {
      if (keyName === undefined || route.options.security || !isOpen(route.path)) return route;
      const kept = opened.get(route) ?? { ...route, options: { ...route.options, security: [] } };
      opened.set(route, kept);
      return kept;
    });
}

/** The document, made when it is first asked for and again when routes have changed. */
export function apiDocument(source: () => DocumentSource): () => OpenApiDocument {
  let kept: (() => OpenApiDocument) | undefined;
  return () => {
    if (!kept) {
      const own = source();
      kept = keptDocument({ routes: documentRoutes(own) }, documentOptions(own));
    }
    return kept();
  };
}

/** True for the paths of a list, exact ones and with a slash and a star at the end everything below. */
export function pathTest(paths: readonly string[]): (path: string) => boolean {
  const below = paths.filter((path) => path.endsWith('/*')).map((path) => path.slice(0, -1));
  return (path) => paths.includes(path) || below.some((prefix) => `${path}/`.startsWith(prefix));
}

const anything: StandardSchemaV1 = {
  '~standard': { version: 1, vendor: 'interpose', validate: (value) => ({ value }) },
};

/** What the check of the key answers with. */
const REFUSAL: StandardSchemaV1 = describeSchema(anything, {
  type: 'object',
  properties: {
    status: { const: 'error' },
    message: { type: 'string' },
    error: {
      enum: ['NO_KEY_NAME_SETUP', 'NO_KEY_VALUE_SETUP', 'API_KEY_MISSING', 'API_KEY_INVALID'],
    },
    data: { type: 'null' },
  },
  required: ['status', 'message', 'error', 'data'],
});
