/** clientSource: the text of a TypeScript module that speaks to an API, made from its document. */
import {
  comment,
  identifier,
  member,
  typeNames,
  type TypeNames,
  typeText,
} from './client-types.ts';
import { CLIENT_FOOT, CLIENT_HEAD } from './client-text.ts';
import {
  type DocumentResponse,
  METHODS,
  type OpenApiDocument,
  type Operation,
  type Parameter,
} from './document.ts';

/** One operation, with the name of its function. */
interface Call {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

/**
 * Writes a client: types for all schemas, and a function for each operation. It needs nothing but `fetch`. Whatever stands in the document
 * stays a name, a text or a comment there.
 *
 * @example
 * await writeFile('client.ts', clientSource(openApi(app, { info }).document));
 */
export function clientSource(document: OpenApiDocument): string {
  const schemas = Object.entries(document.components?.schemas ?? {});
  const names = typeNames(schemas.map(([name]) => name));
  const calls = callsOf(document);
  const types = schemas.map(
    ([name, schema]) =>
      `${comment(description(schema['description']))}export type ${names.get(name)} = ${typeText(schema, names)};\n`,
  );
  const { title, version } = document.info;
  return [
    comment(`A client of ${title} ${version}, made from its OpenAPI document.`),
    CLIENT_HEAD,
    ...types,
    `/** The operations. */\nexport interface Client {\n${calls.map((call) => signature(call, document, names)).join('')}}\n`,
    `/** A client for the server at \`baseUrl\`. */\nexport function createClient(options: ClientOptions): Client {\n  const call = caller(options);\n  return {\n${calls.map(implementation).join('')}  };\n}\n`,
    CLIENT_FOOT,
  ].join('\n');
}

function callsOf({ paths }: OpenApiDocument): readonly Call[] {
  const taken = new Set<string>();
  return Object.entries(paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method];
      if (!operation) return [];
      const wish = identifier(operation.operationId);
      let name = wish;
      for (let number = 2; taken.has(name); number++) name = `${wish}_${number}`;
      taken.add(name);
      return [{ name, method, path, operation }];
    }),
  );
}

const PLACES = [
  ['params', 'path'],
  ['query', 'query'],
  ['headers', 'header'],
] as const;

function signature({ name, operation }: Call, document: OpenApiDocument, names: TypeNames): string {
  const { parameters = [], requestBody, summary, description: more, deprecated } = operation;
  const parts = PLACES.flatMap(([part, place]) => partOf(part, place, parameters, names));
  if (requestBody) {
    const [content] = Object.values(requestBody.content);
    const mark = requestBody.required ? '' : '?';
    parts.push({
      isNeeded: requestBody.required,
      text: `body${mark}: ${typeText(content?.schema, names)}`,
    });
  }
  const isNeeded = parts.some((part) => part.isNeeded);
  const input = parts.map(({ text }) => `readonly ${text}`).join('; ');
  const given = parts.length > 0 ? `input${isNeeded ? '' : '?'}: { ${input} }` : '';
  const told = [summary, more, deprecated ? 'Deprecated.' : ''].filter(Boolean).join('. ');
  return `${comment(told, '  ')}  ${name}(${given}): Promise<${answerType(operation, document, names)}>;\n`;
}

function partOf(
  part: string,
  place: Parameter['in'],
  parameters: readonly Parameter[],
  names: TypeNames,
): { readonly isNeeded: boolean; readonly text: string }[] {
  const own = parameters.filter((one) => one.in === place);
  if (own.length === 0) return [];
  const isNeeded = own.some(({ required }) => required === true);
  const members = own.map(
    ({ name, required, schema }) =>
      `readonly ${member(name)}${required ? '' : '?'}: ${typeText(schema, names)}`,
  );
  return [{ isNeeded, text: `${part}${isNeeded ? '' : '?'}: { ${members.join('; ')} }` }];
}

/** What the answers with a status of 2xx have. */
function answerType(
  { responses }: Operation,
  { components = {} }: OpenApiDocument,
  names: TypeNames,
): string {
  const types = Object.entries(responses)
    .filter(([status]) => status.startsWith('2'))
    .map(([, given]) => {
      const response: DocumentResponse | undefined =
        '$ref' in given
          ? components.responses?.[given.$ref.replace('#/components/responses/', '')]
          : given;
      const [content] = Object.values(response?.content ?? {});
      return content ? typeText(content.schema, names) : 'unknown';
    });
  const all = [...new Set(types)];
  return all.length > 0 ? all.join(' | ') : 'unknown';
}

function implementation({ name, method, path, operation }: Call): string {
  const rest = operation.parameters?.find((one) => one['x-rest'])?.name;
  const [type] = Object.keys(operation.requestBody?.content ?? {});
  const target = {
    method: method.toUpperCase(),
    path,
    ...(rest !== undefined && { rest }),
    ...(type !== undefined && { type }),
  };
  const hasInput = (operation.parameters?.length ?? 0) > 0 || operation.requestBody;
  return `    ${name}: (${hasInput ? 'input' : ''}) => call(${JSON.stringify(target)}${hasInput ? ', input' : ''}),\n`;
}

const description = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined;
