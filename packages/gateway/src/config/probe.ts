/** Probe: a node that stands in no file, by which a shape is asked what it wants; the schema for editors is made that way. */
import type { Report } from './problem.ts';
import type { SourceNode } from './source.ts';

/** A schema, or a part of one, as JSON Schema 2020-12 has it. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** Reads a node; what a shape is, as far as it matters here. */
type Reader<T> = (node: SourceNode, report: Report) => T | undefined;

/** Under this a probe collects what it is told; it stays with copies of the node. */
const told = Symbol('told');

interface Answers {
  readonly schemas: JsonSchema[];
  refused: boolean;
}

interface Probe {
  readonly [told]?: Answers;
}

/**
 * True if the node is a probe, which is told the schema; whoever reads nodes begins with this and then has nothing more to do.
 *
 * @param kind the only kind of node that can be read, where the schema is dear to make; nodes of other kinds count as refused
 * @example
 * if (tells(node, () => ({ type: 'string' }))) return undefined;
 */
export function tells(
  node: SourceNode,
  schema: () => JsonSchema,
  kind: SourceNode['kind'] = node.kind,
): boolean {
  const answers = (node as Probe)[told];
  if (answers === undefined) return false;
  if (kind === node.kind) answers.schemas.push(schema());
  else answers.refused = true;
  return true;
}

const place = { line: 1, column: 1 };
/** Nobody says anything of it, and a list that has it is not empty, which some shapes refuse before they look further. */
const item: SourceNode = { kind: 'scalar', value: null, faults: [], place, path: '' };
const KINDS: readonly (readonly [JsonSchema, SourceNode])[] = [
  [{ type: 'string' }, { kind: 'scalar', value: '', place, path: '' }],
  [{ type: 'number' }, { kind: 'scalar', value: 0, place, path: '' }],
  [{ type: 'boolean' }, { kind: 'scalar', value: false, place, path: '' }],
  [{ type: 'null' }, { kind: 'scalar', value: null, place, path: '' }],
  [{ type: 'array' }, { kind: 'list', items: [item], place, path: '' }],
  [{ type: 'object' }, { kind: 'map', entries: new Map(), repeated: [], place, path: '' }],
];

/** A shape that reads itself inside itself would never come to its end. */
const MOST_DEPTH = 16;
let depth = 0;

/**
 * The schema of what a shape reads. It is asked with a node of each kind: one that it passes on to other shapes has their schemas, one
 * that it takes without a word that of its kind.
 */
export function schemaOf(shape: Reader<unknown>): JsonSchema {
  if (depth >= MOST_DEPTH) return {};
  depth++;
  try {
    const schemas = new Map<string, JsonSchema>();
    for (const [kind, node] of KINDS) {
      for (const schema of asked(shape, node) ?? [kind]) {
        schemas.set(JSON.stringify(schema), schema);
      }
    }
    const all = [...schemas.values()];
    if (all.length === 1) return all[0] as JsonSchema;
    // What takes every kind in its own words takes anything.
    return all.length === 0 || all.length === KINDS.length ? {} : { anyOf: all.flatMap(unionOf) };
  } finally {
    depth--;
  }
}

/** What a shape says to one kind of node; nothing if it takes it as it is. */
function asked(shape: Reader<unknown>, node: SourceNode): readonly JsonSchema[] | undefined {
  const answers: Answers = { schemas: [], refused: false };
  const probe: SourceNode & Probe = { ...node, [told]: answers };
  shape(probe, {
    problems: () => [],
    error(problem) {
      // A value that is refused may be another one the next time; its kind may not.
      answers.refused ||= problem === 'wrongType';
      return undefined;
    },
    warning: () => {},
    errors: () => Number(answers.refused),
  });
  const { schemas, refused } = answers;
  return schemas.length > 0 || refused ? schemas.slice(0, 1) : undefined;
}

function unionOf(schema: JsonSchema): readonly JsonSchema[] {
  const { anyOf, ...rest } = schema;
  return Array.isArray(anyOf) && Object.keys(rest).length === 0 ? anyOf : [schema];
}

/** The same shape, with a sentence for people in its schema, and what else it cannot say itself. */
export function described<T>(
  description: string,
  shape: Reader<T>,
  more: JsonSchema = {},
): Reader<T> {
  let made: JsonSchema | undefined;
  const schema = (): JsonSchema => (made ??= { ...schemaOf(shape), description, ...more });
  return (node, report) => (tells(node, schema) ? undefined : shape(node, report));
}

/** What may stand where a value does that is no text: a text with a variable in it. */
export const variableSchema: JsonSchema = { $ref: '#/$defs/variable' };

/** What a rule wants as a sentence: `a list of methods` becomes `A list of methods.` */
export function sentenceOf(wanted: string): string {
  return `${wanted.charAt(0).toUpperCase()}${wanted.slice(1)}.`;
}
