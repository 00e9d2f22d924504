/** Routes under /admin that tell where documentation is and what it is about, and a page to try the routes from. */
import type { App } from '../app.ts';
import type { HttpContext } from '../context/context.ts';
import { showDocs } from '../openapi/docs-page.ts';
import type { OpenApiDocument } from '../openapi/document.ts';

/** What the routes tell of. */
export interface AdminDocsFacts {
  readonly base: string;
  readonly document: () => OpenApiDocument;
  /** Whether requests can be made from the page. */
  readonly canTry: boolean;
  /** Whether there are the routes that the list leads to. */
  readonly hasDefaultRoutes: boolean;
}

/** Adds them. */
export function addAdminDocs<Ctx extends HttpContext>(app: App<Ctx>, facts: AdminDocsFacts): void {
  const { base, document, canTry } = facts;
  const options = { tags: ['admin'], meta: { isDefault: true } } as const;
  const path = `${base}/admin-docs/explorer`;
  const documentPath = `${base}/admin-config/openapi-spec`;
  app.get(path, { meta: { ...options.meta, hidden: true } }, (ctx) =>
    showDocs(ctx as unknown as HttpContext, { path, documentPath, canTry, document }),
  );
  app.get(`${base}/admin-docs/endpoints`, options, () => endpoints(facts));
  app.get(`${base}/admin-docs/api-info`, options, () => infoOf(document()));
}

function endpoints({ base, hasDefaultRoutes }: AdminDocsFacts): readonly object[] {
  const own = [
    { name: 'Explorer', url: `${base}/admin-docs/explorer`, type: 'explorer' },
    { name: 'Dashboard', url: base, type: 'admin' },
  ];
  if (!hasDefaultRoutes) return own;
  return [
    { name: 'Documentation', url: '/docs', type: 'docs' },
    { name: 'Documentation to read', url: '/redoc', type: 'redoc' },
    { name: 'OpenAPI document', url: '/openapi.json', type: 'openapi' },
    { name: 'TypeScript client', url: '/config/openapi.ts', type: 'client' },
    ...own,
  ];
}

function infoOf({
  openapi,
  info,
  servers = [],
  paths,
  components,
  tags = [],
}: OpenApiDocument): object {
  const operations = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, { tags: own = [] }]) => ({
      own,
      called: `${method.toUpperCase()} ${path}`,
    })),
  );
  return {
    openapi_version: openapi,
    api_title: info.title,
    api_version: info.version,
    api_description: info.description ?? null,
    servers,
    total_paths: Object.keys(paths).length,
    total_schemas: Object.keys(components?.schemas ?? {}).length,
    tags: tags.map(({ name }) => {
      const of = operations.filter(({ own }) => own.includes(name));
      return { name, count: of.length, paths: of.map(({ called }) => called) };
    }),
  };
}
