/** The forms of the page: one for each operation, to try it, and one for what lets in. */
import { escaped } from '../html-text.ts';
import type { OpenApiDocument, Operation, Parameter, SecurityScheme } from './document.ts';

/** One operation and where it is. */
export interface ListedOperation {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

/** A form that makes a request; the script of the page sends it. */
export function formHtml(
  { method, path, operation }: ListedOperation,
  samples: readonly (readonly [type: string, text: string])[],
): string {
  const { operationId, parameters = [], requestBody } = operation;
  const fields = parameters.map((parameter) => parameterField(parameter)).join('');
  return `<form data-method="${escaped(method)}" data-path="${escaped(path)}" aria-label="Try ${escaped(operationId)}" novalidate>
<h4>Try it</h4>${fields}${samples.length > 0 ? bodyField(samples, requestBody?.required === true) : ''}
<button>Send</button>
<output aria-live="polite"></output>
</form>`;
}

function parameterField({ name, in: place, required, schema, ...rest }: Parameter): string {
  const isList = schema['type'] === 'array';
  const usual = schema['default'];
  const marks = `data-in="${place}" data-name="${escaped(name)}"${required ? ' required' : ''}${rest['x-rest'] ? ' data-rest' : ''}`;
  const hint = isList ? ', one a line' : '';
  const field = isList
    ? `<textarea ${marks} data-list rows="2"></textarea>`
    : `<input ${marks} autocomplete="off"${usual === undefined ? '' : ` placeholder="${escaped(String(usual))}"`}>`;
  return `<label>${escaped(name)} <small>${place}${required ? ', required' : ''}${hint}</small>${field}</label>`;
}

function bodyField(samples: readonly (readonly [string, string])[], isRequired: boolean): string {
  const types = samples.map(([type]) => `<option>${escaped(type)}</option>`).join('');
  return `<label>Type of the body<select data-type>${types}</select></label>
<label>Body <small>${isRequired ? 'required, ' : ''}forms are written as JSON as well</small><textarea data-body rows="8" spellcheck="false">
${escaped(samples[0]?.[1] ?? '')}</textarea></label>`;
}

/** Fields for keys and tokens; what is typed in stays on the page. Nothing if there is nothing to type in. */
export function securityHtml({ components, servers = [] }: OpenApiDocument): string {
  const fields = Object.entries(components?.securitySchemes ?? {}).map(([name, scheme]) =>
    schemeField(name, scheme),
  );
  if (servers.length > 0) {
    const options = servers.map(({ url }) => `<option>${escaped(url)}</option>`).join('');
    fields.unshift(`<label>Server<select id="server">${options}</select></label>`);
  }
  if (fields.length === 0) return '';
  return `<section class="card" aria-labelledby="access"><h2 id="access">Access</h2><p>What you type in here goes with the requests that you send from this page, and nowhere else.</p>${fields.join('')}</section>`;
}

function schemeField(name: string, scheme: SecurityScheme): string {
  const said = scheme.description ? `<small>${escaped(scheme.description)}</small>` : '';
  const field = (kind: string, label: string, of = ''): string =>
    `<label>${escaped(label)} ${said}<input type="password" autocomplete="off" data-scheme="${kind}" data-name="${escaped(of)}"></label>`;
  if (scheme.type === 'apiKey' && scheme.in !== 'cookie') {
    return field(scheme.in, `${name}: ${scheme.in} ${scheme.name}`, scheme.name);
  }
  if (scheme.type === 'http' && scheme.scheme.toLowerCase() === 'basic') {
    return field('basic', `${name}: name and password, with a colon between them`);
  }
  if (scheme.type === 'http')
    return field('bearer', `${name}: ${scheme.scheme} token`, scheme.scheme);
  if (scheme.type === 'oauth2' || scheme.type === 'openIdConnect') {
    return field('bearer', `${name}: access token`, 'Bearer');
  }
  const what = scheme.type === 'apiKey' ? `the cookie ${scheme.name}` : 'a certificate';
  return `<p>${escaped(name)}: ${escaped(what)}, which your browser sends by itself if it has it. ${said}</p>`;
}
