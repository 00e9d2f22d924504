/** An OpenAPI 3.1 document, as far as it is made here. */
import type { JsonSchema } from '../validation/standard-schema.ts';

/** A document. */
export interface OpenApiDocument {
  readonly openapi: '3.1.0';
  readonly info: OpenApiInfo;
  readonly servers?: readonly OpenApiServer[];
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
  readonly tags?: readonly OpenApiTag[];
  readonly paths: Readonly<Record<string, PathItem>>;
  readonly components?: OpenApiComponents;
}

/** What the document is about. */
export interface OpenApiInfo {
  readonly title: string;
  readonly version: string;
  readonly summary?: string;
  readonly description?: string;
  readonly termsOfService?: string;
  readonly contact?: { readonly name?: string; readonly url?: string; readonly email?: string };
  readonly license?: { readonly name: string; readonly identifier?: string; readonly url?: string };
}

/** Where it can be reached. */
export interface OpenApiServer {
  readonly url: string;
  readonly description?: string;
}

/** A group of operations. */
export interface OpenApiTag {
  readonly name: string;
  readonly description?: string;
}

/** How callers show who they are. */
export type SecurityScheme =
  | {
      readonly type: 'apiKey';
      readonly in: 'header' | 'cookie' | 'query';
      readonly name: string;
      readonly description?: string;
    }
  | {
      readonly type: 'http';
      readonly scheme: string;
      readonly bearerFormat?: string;
      readonly description?: string;
    }
  | {
      readonly type: 'openIdConnect';
      readonly openIdConnectUrl: string;
      readonly description?: string;
    }
  | {
      readonly type: 'oauth2';
      readonly flows: Readonly<Record<string, unknown>>;
      readonly description?: string;
    }
  | { readonly type: 'mutualTLS'; readonly description?: string };

/** The methods that a document can tell of, in the order in which it does. */
export const METHODS = ['get', 'put', 'post', 'delete', 'patch', 'trace'] as const;

/** One of them. */
export type OpenApiMethod = (typeof METHODS)[number];

/** The operations of a path. */
export type PathItem = { readonly [Method in OpenApiMethod]?: Operation };

/** What one method of a path does. */
export interface Operation {
  readonly tags?: readonly string[];
  readonly summary?: string;
  readonly description?: string;
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: {
    readonly required: boolean;
    readonly content: Readonly<Record<string, MediaType>>;
  };
  readonly responses: Readonly<Record<string, DocumentResponse | Reference>>;
  readonly deprecated?: boolean;
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
}

/** A parameter of an operation. */
export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly description?: string;
  readonly required?: boolean;
  readonly deprecated?: boolean;
  readonly schema: JsonSchema;
  /** Whether it is the rest of a path, whose slashes are not escaped. */
  readonly 'x-rest'?: boolean;
}

/** A body of one type. */
export interface MediaType {
  readonly schema: JsonSchema;
}

/** What comes back. */
export interface DocumentResponse {
  readonly description: string;
  readonly content?: Readonly<Record<string, MediaType>>;
}

/** Something that is told elsewhere in the document. */
export interface Reference {
  readonly $ref: string;
}

/** What operations refer to. */
export interface OpenApiComponents {
  readonly schemas?: Readonly<Record<string, JsonSchema>>;
  readonly responses?: Readonly<Record<string, DocumentResponse>>;
  readonly securitySchemes?: Readonly<Record<string, SecurityScheme>>;
}
