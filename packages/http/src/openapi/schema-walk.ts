/** Goes through a JSON Schema and its inner schemas, and leaves alone what only looks like one, such as an example. */
import type { JsonSchema } from '../validation/standard-schema.ts';

const INNER = new Set([
  'additionalProperties',
  'contains',
  'contentSchema',
  'else',
  'if',
  'items',
  'not',
  'propertyNames',
  'then',
  'unevaluatedItems',
  'unevaluatedProperties',
]);
const LISTS = new Set(['allOf', 'anyOf', 'items', 'oneOf', 'prefixItems']);
const RECORDS = new Set([
  '$defs',
  'definitions',
  'dependentSchemas',
  'patternProperties',
  'properties',
]);

/** Changes a schema and each schema in it, the outer ones first; gives a copy. */
export function mapSchemas(schema: unknown, change: (schema: JsonSchema) => JsonSchema): unknown {
  if (!isObject(schema)) return schema;
  const mapped = Object.entries(change(schema)).map(([keyword, value]): [string, unknown] => {
    if (LISTS.has(keyword) && Array.isArray(value)) {
      return [keyword, value.map((inner) => mapSchemas(inner, change))];
    }
    if (INNER.has(keyword)) return [keyword, mapSchemas(value, change)];
    if (RECORDS.has(keyword) && isObject(value)) {
      const inner = Object.entries(value).map(([name, one]) => [name, mapSchemas(one, change)]);
      return [keyword, Object.fromEntries(inner)];
    }
    return [keyword, value];
  });
  return Object.fromEntries(mapped);
}

/** Every `$ref` of a schema and of the schemas in it. */
export function refsIn(schema: unknown): readonly string[] {
  const refs: string[] = [];
  mapSchemas(schema, (one) => {
    if (typeof one['$ref'] === 'string') refs.push(one['$ref']);
    return one;
  });
  return refs;
}

/** True for what has members by name. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
