/** A JSON Schema as a part of a page, and a value that it would take. */
import { escaped } from '../html-text.ts';
import type { JsonSchema } from '../validation/standard-schema.ts';
import type { OpenApiDocument } from './document.ts';
import { isObject } from './schema-walk.ts';

const DEEPEST = 8;
const SCHEMAS = '#/components/schemas/';

/** The part of an address that leads to a schema on the page. */
export function anchorOf(kind: 'schema' | 'operation' | 'tag', name: string): string {
  return `${kind}-${name.replaceAll(/[^\w.-]/g, '_')}`;
}

/** The schema with all that it has inside. */
export function schemaHtml(schema: unknown, depth = 0): string {
  if (!isObject(schema)) return '';
  const details = textOf(schema['description']);
  const inner = depth < DEEPEST ? innerHtml(schema, depth) : '';
  return `<span class="type">${typeHtml(schema)}</span>${rulesHtml(schema)}${details && `<p>${escaped(details)}</p>`}${inner}`;
}

function innerHtml(schema: JsonSchema, depth: number): string {
  const { properties, required, items } = schema;
  const needed: readonly unknown[] = Array.isArray(required) ? required : [];
  const fields = Object.entries(isObject(properties) ? properties : {}).map(([name, one]) => {
    const mark = needed.includes(name) ? ' <em>required</em>' : '';
    return `<li><code>${escaped(name)}</code>${mark} ${schemaHtml(one, depth + 1)}</li>`;
  });
  const choices = ['allOf', 'anyOf', 'oneOf'].flatMap((keyword) => {
    const list = schema[keyword];
    if (!Array.isArray(list)) return [];
    const all = list.map((one) => `<li>${schemaHtml(one, depth + 1)}</li>`).join('');
    return [`<p>${CHOICES[keyword]}</p><ul>${all}</ul>`];
  });
  const list = fields.length > 0 ? `<ul>${fields.join('')}</ul>` : '';
  const each =
    isObject(items) && (items['properties'] || items['anyOf'] || items['oneOf'])
      ? innerHtml(items, depth + 1)
      : '';
  return list + choices.join('') + each;
}

const CHOICES: Readonly<Record<string, string>> = {
  allOf: 'all of',
  anyOf: 'one or more of',
  oneOf: 'one of',
};

function typeHtml({ $ref, type, format, items, enum: values, const: only }: JsonSchema): string {
  if (typeof $ref === 'string') {
    const name = $ref.replace(SCHEMAS, '');
    return `<a href="#${escaped(anchorOf('schema', name))}">${escaped(name)}</a>`;
  }
  if (only !== undefined) return `<code>${escaped(JSON.stringify(only))}</code>`;
  if (Array.isArray(values)) {
    return values.map((value) => `<code>${escaped(JSON.stringify(value))}</code>`).join(' or ');
  }
  if (type === 'array' && isObject(items)) return `list of ${typeHtml(items)}`;
  const named = Array.isArray(type) ? type.join(' or ') : textOf(type) || 'anything';
  const form = textOf(format);
  return escaped(form ? `${named} (${form})` : named);
}

/** Keywords whose value says all. */
const RULES = [
  'minimum',
  'exclusiveMinimum',
  'maximum',
  'exclusiveMaximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'pattern',
  'minItems',
  'maxItems',
  'uniqueItems',
  'default',
] as const;

function rulesHtml(schema: JsonSchema): string {
  const told = RULES.filter((rule) => schema[rule] !== undefined).map(
    (rule) => `<span class="rule">${rule} ${escaped(JSON.stringify(schema[rule]))}</span>`,
  );
  return told.length > 0 ? ` ${told.join(' ')}` : '';
}

/** Something to begin with where a value is wanted. */
export function sampleOf(schema: unknown, document: OpenApiDocument, depth = 0): unknown {
  if (!isObject(schema) || depth > DEEPEST) return null;
  const { $ref, examples, default: usual, const: only, enum: values, allOf, anyOf, oneOf } = schema;
  if (typeof $ref === 'string') return sampleOf(namedIn(document, $ref), document, depth + 1);
  for (const given of [first(examples), usual, only, first(values)]) {
    if (given !== undefined) return given;
  }
  const choice = first(anyOf) ?? first(oneOf);
  if (choice !== undefined) return sampleOf(choice, document, depth + 1);
  if (Array.isArray(allOf)) {
    const parts = [...allOf, { ...schema, allOf: undefined }];
    const samples = parts.map((part) => sampleOf(part, document, depth + 1));
    return Object.assign({}, ...samples.filter(isObject)) as unknown;
  }
  return sampleOfType(schema, document, depth);
}

function sampleOfType(schema: JsonSchema, document: OpenApiDocument, depth: number): unknown {
  const { type, properties, items } = schema;
  switch (Array.isArray(type) ? (type as readonly unknown[])[0] : type) {
    case 'string':
      return SAMPLES[textOf(schema['format'])] ?? 'text';
    case 'integer':
    case 'number':
      return numberSample(schema);
    case 'boolean':
      return true;
    case 'null':
      return null;
    case 'array':
      return items === undefined ? [] : [sampleOf(items, document, depth + 1)];
    default: {
      const members = Object.entries(isObject(properties) ? properties : {});
      return Object.fromEntries(
        members.map(([name, one]) => [name, sampleOf(one, document, depth + 1)]),
      );
    }
  }
}

/** The smallest that is allowed, or else the largest, or else 0. */
function numberSample({ minimum, exclusiveMinimum, maximum }: JsonSchema): number {
  if (typeof exclusiveMinimum === 'number') return Math.floor(exclusiveMinimum) + 1;
  if (typeof minimum === 'number') return minimum;
  return typeof maximum === 'number' ? Math.min(maximum, 0) : 0;
}

const SAMPLES: Readonly<Record<string, string>> = {
  date: '2030-01-31',
  'date-time': '2030-01-31T12:00:00Z',
  email: 'ada@example.com',
  uri: 'https://example.com/',
  uuid: '00000000-0000-4000-8000-000000000000',
};

function namedIn({ components }: OpenApiDocument, ref: string): unknown {
  return components?.schemas?.[ref.replace(SCHEMAS, '')];
}

const first = (list: unknown): unknown =>
  Array.isArray(list) ? (list as unknown[])[0] : undefined;

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
