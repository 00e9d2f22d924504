/** docsPage: the document of an app at one address, and a page that shows it at another; nothing comes from elsewhere. */
import { checkNames, unexpected } from '@interpose/kernel/options';
import { type App, createApp, type RouteInfo } from '../app.ts';
import type { HttpContext } from '../context/context.ts';
import { sha256 } from '../credentials/sha256.ts';
import { docsHtml } from './docs-html.ts';
import { DOCS_SCRIPT } from './docs-script.ts';
import { DOCS_STYLE } from './docs-style.ts';
import type { OpenApiDocument } from './document.ts';
import { checkOpenApiOptions, openApi, type OpenApiOptions } from './open-api.ts';

/** Where the page and the document are, and what the page can do. */
export interface DocsPageOptions {
  /** Where the page is. @default '/docs' */
  readonly path?: string;
  /** Where the document is. @default '/openapi.json' */
  readonly documentPath?: string;
  /** Whether requests can be made from the page. @default true */
  readonly canTry?: boolean;
}

/** The same for an app, whose document is made of its routes. */
export interface AppDocsOptions extends DocsPageOptions, OpenApiOptions {
  /** Is told what the document could not tell, when it is made. @default nobody */
  readonly onWarning?: (warning: string) => void;
}

/** What docs are made of: a document, and where they are. */
interface Docs {
  readonly path: string;
  readonly documentPath: string;
  readonly canTry: boolean;
  readonly document: () => OpenApiDocument;
}

/**
 * Adds two routes to an app: the OpenAPI document of its routes, also of those that are added later, and a page that shows it. For a document
 * gives an app of its own with the two, to be mounted or served.
 *
 * @throws TypeError for options that are none
 * @example
 * const app = createApp();
 * docsPage(app, { info: { title: 'Tea', version: '1.0.0' } });
 */
export function docsPage<Ctx extends HttpContext>(app: App<Ctx>, options: AppDocsOptions): App<Ctx>;
export function docsPage(document: OpenApiDocument, options?: DocsPageOptions): App;
export function docsPage(of: App | OpenApiDocument, options: Partial<AppDocsOptions> = {}): App {
  const { path = '/docs', documentPath = '/openapi.json', canTry = true, ...more } = options;
  checkPath('path', path);
  checkPath('documentPath', documentPath);
  if ('openapi' in of) {
    checkNames('docsPage()', more, []);
    return addDocs(createApp(), { path, documentPath, canTry, document: () => of });
  }
  const { onWarning, ...given } = more;
  const openApiOptions = given as OpenApiOptions;
  checkOpenApiOptions(openApiOptions);
  const document = keptDocument(of, openApiOptions, onWarning);
  return addDocs(of, { path, documentPath, canTry, document });
}

function checkPath(name: string, path: unknown): void {
  if (typeof path === 'string' && /^\/[^:*?#]*[^/:*?#]$/.test(path)) return;
  throw unexpected(name, 'a path without parameters, such as /docs', path);
}

/** The document of an app, made again only when its routes have changed. */
export function keptDocument(
  app: { routes(): readonly RouteInfo[] },
  options: OpenApiOptions,
  onWarning?: (warning: string) => void,
): () => OpenApiDocument {
  let kept:
    | { readonly routes: readonly RouteInfo[]; readonly document: OpenApiDocument }
    | undefined;
  return () => {
    const routes = app.routes();
    const before = kept?.routes;
    const isSame =
      before?.length === routes.length && routes.every((route, at) => route === before[at]);
    if (!kept || !isSame) {
      const { document, warnings } = openApi({ routes: () => routes }, options);
      kept = { routes, document };
      for (const warning of warnings) onWarning?.(warning);
    }
    return kept.document;
  };
}

/** Adds the two routes. */
function addDocs<Ctx extends HttpContext>(app: App<Ctx>, docs: Docs): App<Ctx> {
  const options = { meta: { hidden: true } };
  app.get(docs.documentPath, options, (ctx) => showDocument(own(ctx), docs.document()));
  app.get(docs.path, options, (ctx) => showDocs(own(ctx), docs));
  return app;
}

/** What a generic handler has, whatever else it has. */
const own = (ctx: unknown): HttpContext => ctx as HttpContext;

const texts = new WeakMap<OpenApiDocument, string>();
const pages = new WeakMap<OpenApiDocument, Map<string, string>>();

/** Answers with the document. */
export function showDocument({ response }: HttpContext, document: OpenApiDocument): string {
  const text = texts.get(document) ?? JSON.stringify(document);
  texts.set(document, text);
  response.headers.set('Content-Type', 'application/json');
  response.headers.set('Cache-Control', 'no-cache');
  return text;
}

/** Answers with the page. */
export function showDocs({ response }: HttpContext, { document, ...options }: Docs): string {
  const shown = document();
  const kept = pages.get(shown) ?? new Map<string, string>();
  pages.set(shown, kept);
  const key = JSON.stringify(options);
  const html = kept.get(key) ?? docsHtml(shown, options);
  kept.set(key, html);
  const { headers } = response;
  headers.set('Content-Type', 'text/html; charset=utf-8');
  headers.set('Cache-Control', 'no-cache');
  headers.set('Content-Security-Policy', policyOf(shown, options.canTry));
  headers.set('X-Content-Type-Options', 'nosniff');
  headers.set('Referrer-Policy', 'no-referrer');
  return html;
}

/** Lets the page have its own style and script and nothing else, and send requests to the servers of the document. */
function policyOf({ servers = [] }: OpenApiDocument, canTry: boolean): string {
  const origins = servers.flatMap(({ url }) => originOf(url));
  const abilities = canTry
    ? `script-src '${DIGESTS.script}'; connect-src ${["'self'", ...origins].join(' ')}; `
    : '';
  return `default-src 'none'; style-src '${DIGESTS.style}'; ${abilities}base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
}

function originOf(url: string): readonly string[] {
  const { protocol, origin } = URL.canParse(url) ? new URL(url) : { protocol: '', origin: '' };
  return protocol === 'http:' || protocol === 'https:' ? [origin] : [];
}

function digestOf(text: string): string {
  const bytes = new Uint8Array(32);
  const view = new DataView(bytes.buffer);
  for (const [at, word] of sha256(text).entries()) view.setInt32(at * 4, word);
  return `sha256-${btoa(String.fromCharCode(...bytes))}`;
}

const DIGESTS = { script: digestOf(DOCS_SCRIPT), style: digestOf(DOCS_STYLE) } as const;
