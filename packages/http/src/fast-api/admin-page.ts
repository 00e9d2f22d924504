/** The page at /admin: what runs here at a glance, made of text alone. */
import type { HttpContext } from '../context/context.ts';
import { escaped } from '../html-text.ts';
import { page } from './page.ts';
import type { AdminFacts } from './admin-facts.ts';

/** Which parts there are. */
export interface AdminParts {
  readonly base: string;
  readonly showRoutes: boolean;
  readonly showCookies: boolean;
  readonly showDocs: boolean;
}

/** Answers with the page. */
export function showAdminPage(ctx: HttpContext, facts: AdminFacts, parts: AdminParts): string {
  const { name, version, description, serverName, serverId, instanceId } = facts;
  const { base, showRoutes, showCookies, showDocs } = parts;
  const told = {
    server: serverName,
    id: serverId,
    instance: instanceId,
    uptime: `${Math.round(facts.uptimeMs() / 1000)} s`,
  };
  const links = [
    `${base}/admin-info/stats`,
    ...(showRoutes ? [`${base}/admin-config/routes`] : []),
    ...(showCookies ? [`${base}/admin-cookies/list`] : []),
    ...(showDocs ? [`${base}/admin-docs/explorer`] : []),
  ];
  const body = [
    `<p>${escaped(description)}</p>`,
    table(['', ''], Object.entries(told)),
    `<ul>${links.map((path) => `<li><a href="${escaped(below(base, path))}">${escaped(path)}</a></li>`).join('')}</ul>`,
    showRoutes ? `<h2>Routes</h2>${routesTable(facts)}` : '',
    showRoutes ? `<h2>Middleware</h2>${middlewareTable(facts)}` : '',
  ];
  return page(ctx, `${name} ${version}`, `<main>${body.join('')}</main>`);
}

/** As the page finds it, wherever the app is mounted. */
const below = (base: string, path: string): string =>
  `${base.slice(base.lastIndexOf('/') + 1)}${path.slice(base.length)}`;

function routesTable({ routes }: AdminFacts): string {
  const rows = routes().map(({ name, methods, path }) => [methods.join(', ') || 'any', path, name]);
  return table(['method', 'path', 'name'], rows);
}

function middlewareTable({ middlewares }: AdminFacts): string {
  const rows = middlewares().map((one) => {
    const { type, functionName } = one as { type?: string; functionName?: string | null };
    return [type ?? '', functionName ?? ''];
  });
  return table(['type', 'function'], rows);
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const head = heads.some(Boolean)
    ? `<thead><tr>${heads.map((one) => `<th scope="col">${escaped(one)}</th>`).join('')}</tr></thead>`
    : '';
  const body = rows.map(
    (row) => `<tr>${row.map((cell) => `<td>${escaped(cell)}</td>`).join('')}</tr>`,
  );
  return `<table>${head}<tbody>${body.join('')}</tbody></table>`;
}
