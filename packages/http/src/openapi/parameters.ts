/** The parameters of an operation: those in its path, and what the schemas of query and headers name. */
import type { RouteInfo } from '../app.ts';
import { segmentsOf } from '../routes/path-pattern.ts';
import type { JsonSchema } from '../validation/standard-schema.ts';
import type { Parameter } from './document.ts';
import type { SchemaBook } from './schema-book.ts';
import { isObject } from './schema-walk.ts';

/** A path as documents write it, and the names that it has there for what it catches. */
export interface PathTemplate {
  readonly template: string;
  /** What a parameter is called in the route and in the document, in the order of the path. */
  readonly names: readonly (readonly [inRoute: string, inDocument: string])[];
}

/** `/users/:id/*` as `/users/{id}/{rest}`; braces are parameters as well. */
export function templateOf(path: string): PathTemplate {
  const names: (readonly [string, string])[] = [];
  const parts = segmentsOf(path).map((part) => {
    const [, name] = /^(?::(.*)|\{(.*)\})$/.exec(part)?.filter((one) => one !== undefined) ?? [];
    if (name === undefined && part !== '*') return part;
    const own = name ?? freeName('rest', names);
    names.push([name ?? '*', own]);
    return `{${own}}`;
  });
  return { template: `/${parts.join('/')}`, names };
}

function freeName(wish: string, taken: PathTemplate['names']): string {
  let name = wish;
  while (taken.some(([, other]) => other === name)) name += '_';
  return name;
}

/** Headers that documents tell of in other places. */
const TOLD_ELSEWHERE = new Set(['accept', 'authorization', 'content-type']);

/** What the parameters are made from. */
export interface ParameterSource {
  readonly route: RouteInfo;
  readonly names: PathTemplate['names'];
  readonly where: string;
  readonly operationId: string;
}

/** The parameters in the order of the path, then those of the query, then headers. */
export function parametersOf(source: ParameterSource, book: SchemaBook): readonly Parameter[] {
  const inPath = fieldsOf('params', source, book);
  const known = new Set(source.names.map(([inRoute]) => inRoute));
  for (const { name } of inPath.filter((field) => !known.has(field.name))) {
    book.warnings.push(`${source.where}: the path has no parameter "${name}"`);
  }
  const path = source.names.map(([inRoute, inDocument]): Parameter => {
    const field = inPath.find(({ name }) => name === inRoute);
    const schema = field?.schema ?? { type: 'string' };
    const made = parameter({ name: inDocument, in: 'path', isRequired: true }, schema);
    if (inRoute !== '*') return made;
    return { description: 'The rest of the path; it may have slashes.', ...made, 'x-rest': true };
  });
  const query = fieldsOf('query', source, book).map(({ name, isRequired, schema }) =>
    parameter({ name, in: 'query', isRequired }, schema),
  );
  const headers = fieldsOf('headers', source, book)
    .filter(({ name }) => !TOLD_ELSEWHERE.has(name.toLowerCase()))
    .map(({ name, isRequired, schema }) => parameter({ name, in: 'header', isRequired }, schema));
  return [...path, ...query, ...headers];
}

/** What is said of a parameter stands beside its schema. */
function parameter(
  { name, in: place, isRequired }: { name: string; in: Parameter['in']; isRequired: boolean },
  { description, deprecated, ...schema }: JsonSchema,
): Parameter {
  return {
    name,
    in: place,
    ...(typeof description === 'string' && { description }),
    ...(isRequired && { required: true }),
    ...(deprecated === true && { deprecated: true }),
    schema,
  };
}

interface Field {
  readonly name: string;
  readonly isRequired: boolean;
  readonly schema: JsonSchema;
}

/** The fields that a schema for a whole part has. */
function fieldsOf(
  part: 'params' | 'query' | 'headers',
  { route, where, operationId }: ParameterSource,
  book: SchemaBook,
): readonly Field[] {
  const schema = route.options[part];
  if (!schema) return [];
  const place = { where: `${where}, ${part}`, name: `${operationId}_${part}` };
  const told = book.schemaFor(schema, 'input', place);
  const fields = membersOf(told, book);
  if (fields.size === 0 && Object.keys(told).length > 0 && !isObject(told['properties'])) {
    book.warnings.push(`${place.where}: the schema is not that of an object with names`);
  }
  return [...fields].map(([name, { isRequired, schema: own }]) => ({
    name,
    isRequired,
    schema: own,
  }));
}

type Members = ReadonlyMap<string, Omit<Field, 'name'>>;

/** The members of an object, also where it is told elsewhere or put together of several. */
function membersOf(schema: JsonSchema, book: SchemaBook, seen: readonly string[] = []): Members {
  const { $ref, allOf, properties, required } = schema;
  const members = new Map<string, Omit<Field, 'name'>>();
  const add = (inner: unknown, way: readonly string[]): void => {
    if (!isObject(inner)) return;
    for (const [name, member] of membersOf(inner, book, way)) members.set(name, member);
  };
  if (typeof $ref === 'string' && !seen.includes($ref)) {
    add(book.named($ref.replace('#/components/schemas/', '')), [...seen, $ref]);
  }
  for (const inner of Array.isArray(allOf) ? allOf : []) add(inner, seen);
  const names: readonly unknown[] = Array.isArray(required) ? required : [];
  for (const [name, own] of Object.entries(isObject(properties) ? properties : {})) {
    members.set(name, { isRequired: names.includes(name), schema: isObject(own) ? own : {} });
  }
  return members;
}
