/** JSON Schemas as TypeScript types, and names that TypeScript takes. */
import type { JsonSchema } from '../validation/standard-schema.ts';
import { isObject } from './schema-walk.ts';

const DEEPEST = 12;
const SCHEMAS = '#/components/schemas/';

/** Finds the names of types for the names of schemas. */
export type TypeNames = ReadonlyMap<string, string>;

/** Names for types, each once. */
export function typeNames(names: Iterable<string>): TypeNames {
  const taken = new Set(['Client', 'ClientOptions', 'ClientError']);
  const found = new Map<string, string>();
  for (const name of names) {
    const wish = identifier(capital(name));
    let own = wish;
    for (let number = 2; taken.has(own); number++) own = `${wish}${number}`;
    taken.add(own);
    found.set(name, own);
  }
  return found;
}

/** A name that can stand where TypeScript wants one. */
export function identifier(name: string): string {
  const plain = name.replaceAll(/[^\w$]/g, '_');
  return /^\d/.test(plain) || plain === '' ? `_${plain}` : plain;
}

/** The name of a member, in quotes if it has to be. */
export function member(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
}

/** A comment that nothing can end before its time; empty without a text. */
export function comment(text: string | undefined, indent = ''): string {
  const line = (text ?? '').replaceAll('*/', '*\\/').replaceAll(/\s+/g, ' ').trim();
  return line === '' ? '' : `${indent}/** ${line} */\n`;
}

/** The type of a schema. */
export function typeText(schema: unknown, names: TypeNames, depth = 0): string {
  if (!isObject(schema) || depth > DEEPEST) return 'unknown';
  const { $ref, const: only, enum: values, type } = schema;
  if (typeof $ref === 'string') return names.get($ref.replace(SCHEMAS, '')) ?? 'unknown';
  if (only !== undefined) return literal(only);
  if (Array.isArray(values)) return either(values.map(literal));
  const combined = combinedText(schema, names, depth);
  if (combined) return combined;
  if (Array.isArray(type)) {
    return either(type.map((one: unknown) => typeText({ ...schema, type: one }, names, depth + 1)));
  }
  return plainText(schema, names, depth);
}

function combinedText(schema: JsonSchema, names: TypeNames, depth: number): string {
  const inner = (keyword: string): readonly string[] => {
    const list = schema[keyword];
    return Array.isArray(list) ? list.map((one) => typeText(one, names, depth + 1)) : [];
  };
  const choices = [...inner('anyOf'), ...inner('oneOf')];
  const all = inner('allOf');
  const own = isObject(schema['properties']) ? [objectText(schema, names, depth)] : [];
  const parts = [...own, ...all, ...(choices.length > 0 ? [either(choices)] : [])];
  return all.length + choices.length > 0 ? parts.join(' & ') : '';
}

function plainText(schema: JsonSchema, names: TypeNames, depth: number): string {
  switch (schema['type']) {
    case 'string':
      return 'string';
    case 'integer':
    case 'number':
      return 'number';
    case 'boolean':
      return 'boolean';
    case 'null':
      return 'null';
    case 'array':
      return `readonly (${typeText(schema['items'], names, depth + 1)})[]`;
    case 'object':
      return objectText(schema, names, depth);
    default:
      return isObject(schema['properties']) ? objectText(schema, names, depth) : 'unknown';
  }
}

function objectText(schema: JsonSchema, names: TypeNames, depth: number): string {
  const { properties, required, additionalProperties: more } = schema;
  const needed: readonly unknown[] = Array.isArray(required) ? required : [];
  const members = Object.entries(isObject(properties) ? properties : {}).map(
    ([name, one]) =>
      `readonly ${member(name)}${needed.includes(name) ? '' : '?'}: ${typeText(one, names, depth + 1)}`,
  );
  if (members.length > 0) return `{ ${members.join('; ')} }`;
  return `Readonly<Record<string, ${isObject(more) ? typeText(more, names, depth + 1) : 'unknown'}>>`;
}

const literal = (value: unknown): string =>
  typeof value === 'object' && value !== null ? 'unknown' : JSON.stringify(value);

function either(types: readonly string[]): string {
  const all = [...new Set(types)];
  if (all.length === 0) return 'never';
  return all.length === 1 ? (all[0] as string) : `(${all.join(' | ')})`;
}

const capital = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);
