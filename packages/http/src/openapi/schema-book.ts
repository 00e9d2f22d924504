/** The JSON Schemas of a document: asks schemas for theirs, and keeps those that have a name in one place. */
import { unexpected } from '@interpose/kernel/options';
import { isSchema, type JsonSchema, type StandardSchemaV1 } from '../validation/standard-schema.ts';
import { isObject, mapSchemas, refsIn } from './schema-walk.ts';

const TARGET = { target: 'draft-2020-12' } as const;

/** Whether a schema is told by what it takes or by what it gives. */
export type Direction = 'input' | 'output';

/** Where a schema stands, for warnings and for a name if it needs one. */
export interface SchemaPlace {
  readonly where: string;
  readonly name: string;
}

/**
 * A schema that says of itself what is given here: for libraries that cannot tell their schemas as JSON Schema, and for what they cannot tell.
 *
 * @throws TypeError for what is no schema
 * @example
 * const Id = describeSchema(v.pipe(v.string(), v.uuid()), { type: 'string', format: 'uuid' });
 */
export function describeSchema<Schema extends StandardSchemaV1>(
  schema: Schema,
  jsonSchema: JsonSchema,
): StandardSchemaV1<
  NonNullable<Schema['~standard']['types']>['input'],
  NonNullable<Schema['~standard']['types']>['output']
> {
  if (!isSchema(schema)) throw unexpected('schema', 'a schema by Standard Schema v1', schema);
  if (!isObject(jsonSchema)) throw unexpected('jsonSchema', 'an object', jsonSchema);
  const tell = (): Record<string, unknown> => ({ ...jsonSchema });
  const { version, vendor } = schema['~standard'];
  return {
    '~standard': {
      version,
      vendor,
      validate: (value: unknown) => schema['~standard'].validate(value),
      jsonSchema: { input: tell, output: tell },
    },
  } as never;
}

/** Collects the schemas that others refer to. */
export class SchemaBook {
  readonly warnings: string[] = [];
  readonly #schemas = new Map<string, JsonSchema>();
  /** By name, what the schema was before it was rewritten, with all that it refers to. */
  readonly #originals = new Map<string, string>();

  /** Those with names, in the order in which they were met. */
  get schemas(): Readonly<Record<string, JsonSchema>> {
    return Object.fromEntries(this.#schemas);
  }

  /** Keeps a schema under a name that no other will get. */
  keep(name: string, schema: JsonSchema): void {
    this.#schemas.set(name, schema);
    this.#originals.set(name, '');
  }

  /** The one with that name. */
  named(name: string): JsonSchema | undefined {
    return this.#schemas.get(name);
  }

  /** The schema as JSON Schema for a place in the document: `{}`, with a warning, if it cannot be told. */
  schemaFor(schema: StandardSchemaV1, direction: Direction, place: SchemaPlace): JsonSchema {
    const told = this.#ask(schema, direction, place.where);
    return told ? this.#settle(told, direction, place.name) : {};
  }

  #ask(schema: StandardSchemaV1, direction: Direction, where: string): JsonSchema | undefined {
    const converter = schema['~standard'].jsonSchema;
    if (!converter) {
      this.warnings.push(
        `${where}: the schema (${schema['~standard'].vendor}) does not tell itself as JSON Schema; describeSchema() does it for it`,
      );
      return undefined;
    }
    try {
      return plain(converter[direction](TARGET));
    } catch (error) {
      // What goes out is what the schema was given, where it cannot say what it makes of it.
      const input =
        direction === 'output' ? attempt(() => plain(converter.input(TARGET))) : undefined;
      if (!input)
        this.warnings.push(`${where}: ${error instanceof Error ? error.message : 'failed'}`);
      return input;
    }
  }

  /** Moves what the schema defines to where all schemas are, and lets it refer to that. */
  #settle(schema: JsonSchema, direction: Direction, name: string): JsonSchema {
    const defined = definitionsOf(schema);
    const { $schema: _, $id: __, $defs: ___, definitions: ____, ...root } = schema;
    const names = new Map<string, string>();
    const all = [root, ...[...defined.values()].map((one) => one.schema)];
    // Whoever refers to the whole has to know its name.
    const isWanted = all.some((one) =>
      refsIn(one).some((ref) => ref.startsWith('#') && !definedBy(ref, defined)),
    );
    if (isWanted) names.set('#', this.#nameFor(name, direction, JSON.stringify(schema)));
    for (const [pointer, { key }] of defined) {
      const wish = /^__schema\d*$/.test(key) ? `${name}Part` : key;
      names.set(pointer, this.#nameFor(wish, direction, originalOf(pointer, defined)));
    }
    const rewrite = (one: unknown): JsonSchema =>
      mapSchemas(one, (inner) => ({ ...inner, ...redirected(inner, names) })) as JsonSchema;
    for (const [pointer, own] of names) {
      this.#schemas.set(own, rewrite(pointer === '#' ? root : defined.get(pointer)?.schema));
    }
    const rootName = names.get('#');
    return rootName === undefined ? rewrite(root) : { $ref: refTo(rootName) };
  }

  /** The same name for the same schema, and another for another one. */
  #nameFor(wish: string, direction: Direction, original: string): string {
    const base = wish.replaceAll(/[^\w.-]/g, '_') || 'Schema';
    const isFree = (name: string): boolean =>
      !this.#originals.has(name) || this.#originals.get(name) === original;
    let name = base;
    if (!isFree(name) && direction === 'output') name = `${base}Output`;
    for (let number = 2; !isFree(name); number++) name = `${base}${number}`;
    this.#originals.set(name, original);
    return name;
  }
}

/** What a schema defines for itself, by the pointers that lead there. */
type Defined = ReadonlyMap<string, { readonly key: string; readonly schema: JsonSchema }>;

function definitionsOf(schema: JsonSchema): Defined {
  const defined = new Map<string, { key: string; schema: JsonSchema }>();
  for (const keyword of ['$defs', 'definitions']) {
    const inner = schema[keyword];
    for (const [key, one] of Object.entries(isObject(inner) ? inner : {})) {
      defined.set(`#/${keyword}/${escaped(key)}`, { key, schema: isObject(one) ? one : {} });
    }
  }
  return defined;
}

/** The pointer of the definition that a reference leads to or into. */
function definedBy(ref: string, defined: Defined): string | undefined {
  const pointer = ref.split('/').slice(0, 3).join('/');
  return defined.has(pointer) ? pointer : undefined;
}

/** A definition with all that it refers to, as text. */
function originalOf(pointer: string, defined: Defined): string {
  const reached = new Set([pointer]);
  for (const one of reached) {
    for (const ref of refsIn(defined.get(one)?.schema)) {
      const next = definedBy(ref, defined);
      if (next) reached.add(next);
    }
  }
  return JSON.stringify([...reached].map((one) => [one, defined.get(one)?.schema]));
}

function redirected({ $ref }: JsonSchema, names: ReadonlyMap<string, string>): JsonSchema {
  if (typeof $ref !== 'string' || !$ref.startsWith('#')) return {};
  const parts = $ref.split('/');
  const pointer = parts.slice(0, 3).join('/');
  const own = names.get(pointer);
  if (own !== undefined) return { $ref: [refTo(own), ...parts.slice(3)].join('/') };
  const root = names.get('#');
  return root === undefined ? {} : { $ref: [refTo(root), ...parts.slice(1)].join('/') };
}

const refTo = (name: string): string => `#/components/schemas/${name}`;

/** As one step of a JSON pointer. */
const escaped = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');

/** A copy with nothing in it but JSON. */
function plain(value: unknown): JsonSchema {
  const copy: unknown = JSON.parse(JSON.stringify(value));
  return isObject(copy) ? copy : {};
}

function attempt<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch {
    return undefined;
  }
}
