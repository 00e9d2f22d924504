/** A document as a page of HTML: everything in it is text, and everything works without a script but trying a request. */
import { escaped } from '../html-text.ts';
import { anchorOf, sampleOf, schemaHtml } from './docs-schema.ts';
import {
  type DocumentResponse,
  METHODS,
  type OpenApiDocument,
  type Operation,
  type Parameter,
  type Reference,
} from './document.ts';
import { DOCS_SCRIPT } from './docs-script.ts';
import { DOCS_STYLE } from './docs-style.ts';
import { formHtml, type ListedOperation, securityHtml } from './docs-forms.ts';

/** How a page is made. */
export interface DocsHtmlOptions {
  /** Where the page is. */
  readonly path: string;
  /** Where the document is. */
  readonly documentPath: string;
  /** Whether requests can be made from the page. */
  readonly canTry: boolean;
}

const OTHERS = 'other';
/** What they are called where there are no others beside them. */
const ALL = 'operations';

/** The page. */
export function docsHtml(document: OpenApiDocument, options: DocsHtmlOptions): string {
  const { info, components = {} } = document;
  const groups = groupsOf(document);
  const schemas = Object.entries(components.schemas ?? {});
  const main = [
    options.canTry ? securityHtml(document) : '',
    ...[...groups].map(([tag, list]) => tagHtml(tag, list, document, options)),
    schemas.length > 0 ? `<section aria-labelledby="schemas"><h2 id="schemas">Schemas</h2>` : '',
    ...schemas.map(
      ([name, schema]) =>
        `<section class="card" id="${escaped(anchorOf('schema', name))}"><h3>${escaped(name)}</h3>${schemaHtml(schema)}</section>`,
    ),
    schemas.length > 0 ? '</section>' : '',
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(info.title)}</title>
<style>${DOCS_STYLE}</style>
</head>
<body data-at="${escaped(options.path)}">
<a class="skip" href="#main">Skip to the operations</a>
<header>
<h1>${escaped(info.title)} <small>${escaped(info.version)}</small></h1>
${paragraphs(info.description)}
<p><a href="${escaped(relative(options.path, options.documentPath))}">OpenAPI document</a></p>
</header>
<div class="columns">
<nav aria-label="Operations">${navHtml(groups)}</nav>
<main id="main" tabindex="-1">${main.join('\n')}</main>
</div>
${options.canTry ? `<script>${DOCS_SCRIPT}</script>` : ''}
</body>
</html>
`;
}

/** The operations by their first tag; those without come last. */
function groupsOf({ paths, tags = [] }: OpenApiDocument): ReadonlyMap<string, ListedOperation[]> {
  const groups = new Map<string, ListedOperation[]>(tags.map(({ name }) => [name, []]));
  const rest: ListedOperation[] = [];
  for (const [path, item] of Object.entries(paths)) {
    for (const method of METHODS) {
      const operation = item[method];
      if (!operation) continue;
      const tag = operation.tags?.[0];
      const group = tag === undefined ? rest : (groups.get(tag) ?? []);
      if (tag !== undefined) groups.set(tag, group);
      group.push({ method, path, operation });
    }
  }
  const name = groups.size > 0 ? OTHERS : ALL;
  if (rest.length > 0) groups.set(name, [...(groups.get(name) ?? []), ...rest]);
  return groups;
}

function navHtml(groups: ReadonlyMap<string, readonly ListedOperation[]>): string {
  const parts = [...groups].map(([tag, list]) => {
    const links = list.map(
      ({ method, path, operation }) =>
        `<li><a href="#${escaped(anchorOf('operation', operation.operationId))}">${badge(method)} <code>${escaped(path)}</code></a></li>`,
    );
    return `<h2>${escaped(tag)}</h2><ul>${links.join('')}</ul>`;
  });
  return parts.join('');
}

function tagHtml(
  tag: string,
  list: readonly ListedOperation[],
  document: OpenApiDocument,
  { canTry }: DocsHtmlOptions,
): string {
  const id = escaped(anchorOf('tag', tag));
  const description = document.tags?.find(({ name }) => name === tag)?.description;
  const operations = list.map((one) => operationHtml(one, document, canTry)).join('\n');
  return `<section aria-labelledby="${id}"><h2 id="${id}">${escaped(tag)}</h2>${paragraphs(description)}${operations}</section>`;
}

function operationHtml(
  listed: ListedOperation,
  document: OpenApiDocument,
  canTry: boolean,
): string {
  const { method, path, operation } = listed;
  const { summary = '', description, deprecated, parameters = [], requestBody } = operation;
  const body = Object.entries(requestBody?.content ?? {}).map(
    ([type, { schema }]) => `<h4>Body: <code>${escaped(type)}</code></h4>${schemaHtml(schema)}`,
  );
  return `<details class="card" id="${escaped(anchorOf('operation', operation.operationId))}">
<summary>${badge(method)} <code>${escaped(path)}</code> ${escaped(summary)}${deprecated ? ' <em>deprecated</em>' : ''}</summary>
${paragraphs(description)}${parameters.length > 0 ? parametersHtml(parameters) : ''}${body.join('')}
<h4>Responses</h4>${responsesHtml(operation.responses, document)}
${canTry ? formHtml(listed, bodySamples(operation, document)) : ''}
</details>`;
}

/** What to begin with, by the type of the body. */
function bodySamples(
  { requestBody }: Operation,
  document: OpenApiDocument,
): readonly (readonly [type: string, text: string])[] {
  return Object.entries(requestBody?.content ?? {}).map(([type, { schema }]) => [
    type,
    JSON.stringify(sampleOf(schema, document), null, 2),
  ]);
}

function parametersHtml(parameters: readonly Parameter[]): string {
  const rows = parameters.map(
    ({ name, in: place, required, deprecated, description, schema }) =>
      `<tr><th scope="row"><code>${escaped(name)}</code></th><td>${place}</td><td>${required ? 'yes' : 'no'}</td><td>${schemaHtml(schema)}${deprecated ? ' <em>deprecated</em>' : ''}${paragraphs(description)}</td></tr>`,
  );
  return `<h4>Parameters</h4><table><thead><tr><th scope="col">name</th><th scope="col">in</th><th scope="col">required</th><th scope="col">what it is</th></tr></thead><tbody>${rows.join('')}</tbody></table>`;
}

function responsesHtml(
  responses: Operation['responses'],
  { components = {} }: OpenApiDocument,
): string {
  const rows = Object.entries(responses).map(([status, given]) => {
    const { description = '', content = {} } = resolved(given, components.responses ?? {});
    const bodies = Object.entries(content).map(
      ([type, { schema }]) => `<p><code>${escaped(type)}</code></p>${schemaHtml(schema)}`,
    );
    return `<dt><code>${escaped(status)}</code> ${escaped(description)}</dt><dd>${bodies.join('')}</dd>`;
  });
  return `<dl>${rows.join('')}</dl>`;
}

function resolved(
  response: DocumentResponse | Reference,
  named: Readonly<Record<string, DocumentResponse>>,
): Partial<DocumentResponse> {
  if (!('$ref' in response)) return response;
  return named[response.$ref.replace('#/components/responses/', '')] ?? {};
}

const badge = (method: string): string =>
  `<span class="method ${escaped(method)}">${escaped(method.toUpperCase())}</span>`;

/** Text with its blank lines between paragraphs. */
const paragraphs = (text: string | undefined): string =>
  (text ?? '')
    .split(/\n\s*\n/)
    .filter((part) => part.trim() !== '')
    .map((part) => `<p>${escaped(part)}</p>`)
    .join('');

/** How to get from one path to another wherever both are mounted. */
export function relative(from: string, to: string): string {
  const up = from.split('/').length - 2;
  return (up > 0 ? '../'.repeat(up) : './') + to.slice(1);
}
