/** The entry @interpose/http/openapi: a document of an app's routes, a page that shows it, and a client that speaks to it. */
export { clientSource } from './openapi/client-source.ts';
export {
  compareContracts,
  type ContractDiff,
  contractOf,
  type ContractParameter,
  type EndpointContract,
  type ServiceContract,
} from './openapi/contract.ts';
export { type AppDocsOptions, docsPage, type DocsPageOptions } from './openapi/docs-page.ts';
export type {
  DocumentResponse,
  MediaType,
  OpenApiComponents,
  OpenApiDocument,
  OpenApiInfo,
  OpenApiMethod,
  OpenApiServer,
  OpenApiTag,
  Operation,
  Parameter,
  PathItem,
  Reference,
  SecurityScheme,
} from './openapi/document.ts';
export {
  openApi,
  type OpenApiOptions,
  type OpenApiResult,
  type RouteSource,
} from './openapi/open-api.ts';
export { describeSchema } from './openapi/schema-book.ts';
