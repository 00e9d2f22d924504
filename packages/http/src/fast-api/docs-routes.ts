/** The routes of the documentation: the document, two pages that show it, what they are made of, and a client. */
import type { App } from '../app.ts';
import type { HttpContext } from '../context/context.ts';
import { clientSource } from '../openapi/client-source.ts';
import { showDocs, showDocument } from '../openapi/docs-page.ts';
import { DOCS_SCRIPT } from '../openapi/docs-script.ts';
import { DOCS_STYLE } from '../openapi/docs-style.ts';
import type { OpenApiDocument } from '../openapi/document.ts';

/** What the pages are made of, for whoever makes one of his own. */
const FILES: Readonly<Record<string, readonly [type: string, text: string]>> = {
  'docs.css': ['text/css; charset=utf-8', DOCS_STYLE],
  'docs.js': ['text/javascript; charset=utf-8', DOCS_SCRIPT],
};

const HIDDEN = { tags: ['docs'], meta: { isDefault: true, hidden: true } } as const;

/** Adds them. */
export function addDocsRoutes<Ctx extends HttpContext>(
  app: App<Ctx>,
  document: () => OpenApiDocument,
): void {
  const documentPath = '/openapi.json';
  const show = (path: string, canTry: boolean): void => {
    app.get(path, HIDDEN, (ctx) => showDocs(own(ctx), { path, documentPath, canTry, document }));
  };
  app.get(documentPath, HIDDEN, (ctx) => showDocument(own(ctx), document()));
  show('/docs', true);
  show('/redoc', false);
  app.get('/static-docs', HIDDEN, () => Object.keys(FILES));
  for (const [name, [type, text]] of Object.entries(FILES)) {
    app.get(`/static-docs/${name}`, HIDDEN, (ctx) => {
      const { headers } = own(ctx).response;
      headers.set('Content-Type', type);
      headers.set('Cache-Control', 'public, max-age=3600');
      return text;
    });
  }
  const client = {
    tags: ['config'],
    summary: 'A client in TypeScript',
    meta: { isDefault: true },
  };
  app.get('/config/openapi.ts', client, (ctx) => {
    const { headers } = own(ctx).response;
    headers.set('Content-Type', 'text/plain; charset=utf-8');
    headers.set('Cache-Control', 'no-cache');
    return clientSource(document());
  });
}

/** What a generic handler has, whatever else it has. */
const own = (ctx: unknown): HttpContext => ctx as HttpContext;
