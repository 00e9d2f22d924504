/** contractOf and compareContracts: what a document promises to clients, and whether a new one keeps it. */
import { METHODS, type OpenApiDocument, type Operation, type Parameter } from './document.ts';
import type { JsonSchema } from '../validation/standard-schema.ts';

/** A parameter as a contract has it. */
export interface ContractParameter {
  readonly name: string;
  readonly location: Parameter['in'];
  readonly required: boolean;
  readonly schema: JsonSchema;
}

/** One operation. */
export interface EndpointContract {
  readonly operation_id: string;
  readonly method: string;
  readonly path_pattern: string;
  /** Its first tag. */
  readonly module: string;
  readonly params: readonly ContractParameter[];
  readonly request_schema: JsonSchema | null;
  readonly request_required: boolean;
  /** That of its first success. */
  readonly response_schema: JsonSchema | null;
  /** Statuses of errors, but those of input that is not valid. */
  readonly error_codes: readonly number[];
}

/** What a service promises. */
export interface ServiceContract {
  readonly service_name: string;
  readonly service_version: string;
  /** The names of modules with their operations. */
  readonly modules: Readonly<Record<string, readonly string[]>>;
  readonly endpoints: readonly EndpointContract[];
}

/** What has become of a contract. */
export interface ContractDiff {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly modified: readonly string[];
  /** What clients that were right before would stumble over. */
  readonly breaking: readonly string[];
  readonly nonBreaking: readonly string[];
}

/** The contract that a document is. The same document always gives the same. */
export function contractOf(document: OpenApiDocument): ServiceContract {
  const endpoints = Object.entries(document.paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method];
      return operation ? [endpointOf(method, path, operation, document)] : [];
    }),
  );
  const modules = new Map<string, string[]>();
  for (const { module, operation_id: id } of endpoints) {
    modules.set(module, [...(modules.get(module) ?? []), id]);
  }
  const { title, version } = document.info;
  return {
    service_name: title,
    service_version: version,
    modules: Object.fromEntries(modules),
    endpoints,
  };
}

function endpointOf(
  method: string,
  path: string,
  operation: Operation,
  document: OpenApiDocument,
): EndpointContract {
  const { operationId, tags = [], parameters = [], requestBody, responses } = operation;
  const statuses = Object.keys(responses).map(Number);
  const success = statuses.find((status) => status >= 200 && status < 300);
  const [request] = Object.values(requestBody?.content ?? {});
  return {
    operation_id: operationId,
    method: method.toUpperCase(),
    path_pattern: path,
    module: tags[0] ?? 'root',
    params: parameters.map(({ name, in: location, required = false, schema }) => ({
      name,
      location,
      required,
      schema: whole(schema, document),
    })),
    request_schema: request ? whole(request.schema, document) : null,
    request_required: requestBody?.required ?? false,
    response_schema: success === undefined ? null : responseOf(responses[success], document),
    error_codes: statuses.filter((status) => status >= 400 && status !== 400 && status !== 422),
  };
}

function responseOf(
  response: Operation['responses'][string] | undefined,
  document: OpenApiDocument,
): JsonSchema | null {
  const content = response && 'content' in response ? response.content : undefined;
  const [first] = Object.values(content ?? {});
  return first ? whole(first.schema, document) : null;
}

/** The schema with what it refers to, so that a change there is a change here. */
function whole(schema: JsonSchema, { components }: OpenApiDocument): JsonSchema {
  const reached = new Map<string, JsonSchema>();
  const visit = (value: unknown): void => {
    for (const [, name = ''] of JSON.stringify(value).matchAll(
      /"#\/components\/schemas\/([^"/]+)/g,
    )) {
      const found = components?.schemas?.[name];
      if (!found || reached.has(name)) continue;
      reached.set(name, found);
      visit(found);
    }
  };
  visit(schema);
  return reached.size > 0 ? { ...schema, $defs: Object.fromEntries(reached) } : schema;
}

/** Tells what is new, what is gone, and what of it breaks clients. */
export function compareContracts(before: ServiceContract, after: ServiceContract): ContractDiff {
  const old = byKey(before);
  const now = byKey(after);
  const removed = [...old.keys()].filter((key) => !now.has(key));
  const added = [...now.keys()].filter((key) => !old.has(key));
  const changes = [...now].flatMap(([key, endpoint]) => {
    const was = old.get(key);
    return was ? changesOf(was, endpoint).map((change) => ({ ...change, key })) : [];
  });
  const told = (isBreaking: boolean): readonly string[] =>
    changes
      .filter((change) => change.isBreaking === isBreaking)
      .map(({ key, what }) => `${key}: ${what}`);
  return {
    added,
    removed,
    modified: [...new Set(changes.map(({ key }) => key))],
    breaking: [...removed.map((key) => `${key}: is gone`), ...told(true)],
    nonBreaking: [...added.map((key) => `${key}: is new`), ...told(false)],
  };
}

const byKey = ({ endpoints }: ServiceContract): ReadonlyMap<string, EndpointContract> =>
  new Map(endpoints.map((one) => [`${one.method} ${one.path_pattern}`, one]));

interface Change {
  readonly what: string;
  readonly isBreaking: boolean;
}

function changesOf(was: EndpointContract, is: EndpointContract): readonly Change[] {
  const changes: Change[] = [];
  const note = (condition: boolean, what: string, isBreaking: boolean): void => {
    if (condition) changes.push({ what, isBreaking });
  };
  for (const parameter of is.params) {
    const { name, location, required, schema } = parameter;
    const before = was.params.find((one) => one.name === name && one.location === location);
    const called = `${location} parameter "${name}"`;
    note(!before, `${called} is new${required ? ' and required' : ''}`, required);
    if (!before) continue;
    note(required && !before.required, `${called} is required now`, true);
    note(!required && before.required, `${called} may be left out now`, false);
    note(differ(schema, before.schema), `${called} has another schema`, true);
  }
  for (const { name, location } of was.params) {
    const isGone = !is.params.some((one) => one.name === name && one.location === location);
    note(isGone, `${location} parameter "${name}" is gone`, true);
  }
  note(differ(was.request_schema, is.request_schema), 'the body has another schema', true);
  note(
    is.request_required && !was.request_required,
    'the body is required now',
    is.request_schema !== null && was.request_schema !== null,
  );
  note(differ(was.response_schema, is.response_schema), 'the answer has another schema', true);
  note(
    was.operation_id !== is.operation_id,
    `the operation is called ${is.operation_id} now`,
    true,
  );
  note(was.error_codes.join() !== is.error_codes.join(), 'other errors may come', false);
  return changes;
}

const differ = (one: unknown, other: unknown): boolean =>
  JSON.stringify(inOrder(one)) !== JSON.stringify(inOrder(other));

/** A copy whose names are in order, so that their order makes no difference. */
function inOrder(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(inOrder);
  const entries = Object.entries(value).map(([name, inner]) => [name, inOrder(inner)] as const);
  return Object.fromEntries(entries.toSorted(([one], [other]) => (one < other ? -1 : 1)));
}
