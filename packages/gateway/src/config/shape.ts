/** Shape: says what a node of the document must be, and takes down every way in which it is not. */
import { nearest } from '@interpose/kernel/options';
import { type JsonSchema, schemaOf, sentenceOf, tells } from './probe.ts';
import type { Report } from './problem.ts';
import { type MapNode, shown, shownHidden, type SourceNode } from './source.ts';

/** Reads a node. What comes back may be trusted only if the report has no error in the end. */
export type Shape<T> = (node: SourceNode, report: Report) => T | undefined;

/** One key of a mapping. */
export interface Field<T> {
  readonly shape: Shape<T>;
  readonly required: boolean;
  /** Stands in when the key is not there. */
  readonly fallback?: T;
}

/** The keys of a mapping that becomes a `T`. */
export type Fields<T> = { readonly [K in keyof T]-?: Field<Exclude<T[K], undefined>> };

/** A key that must be there. */
export function required<T>(shape: Shape<T>): Field<T> {
  return { shape, required: true };
}

/** A key that may be missing; the fallback stands in then, if there is one. */
export function optional<T>(shape: Shape<T>, fallback?: T): Field<T> {
  return { shape, required: false, ...(fallback === undefined ? {} : { fallback }) };
}

/** What a list or a mapping is called in messages. */
export interface Wanted {
  /** In words, with its article: `a list of methods`. */
  readonly wanted: string;
  /** True if the values must not be shown, nor the keys. */
  readonly secret?: boolean;
}

/** A list, each of whose items has the same shape. */
export function listOf<T>(item: Shape<T>, { wanted, secret = false }: Wanted): Shape<readonly T[]> {
  const schema = (): JsonSchema => ({
    type: 'array',
    items: schemaOf(item),
    description: sentenceOf(wanted),
  });
  return (node, report) => {
    if (tells(node, schema, 'list') || isBroken(node, report)) return undefined;
    if (node.kind !== 'list') {
      const came = secret ? shownHidden(node) : shown(node);
      return report.error('wrongType', node, `expected ${wanted}, got ${came}`);
    }
    const items = node.items.map((one) => item(one, report));
    return items.filter((one) => one !== undefined) as readonly T[];
  };
}

/** What the keys and values of a mapping with free keys must be. */
export interface RecordRule<T> extends Wanted {
  readonly value: Shape<T>;
  /** Says what is wrong with a key, or nothing if it will do. */
  readonly keyFault?: (key: string) => string | undefined;
}

/** A mapping with free keys. */
export function recordOf<T>(rule: RecordRule<T>): Shape<Readonly<Record<string, T>>> {
  const schema = (): JsonSchema => ({
    type: 'object',
    additionalProperties: schemaOf(rule.value),
    description: sentenceOf(rule.wanted),
  });
  return (node, report) => {
    if (tells(node, schema, 'map')) return undefined;
    const map = mapping(node, report, rule);
    if (map === undefined) return undefined;
    const found: [string, T][] = [];
    for (const { key, place, value } of map.entries.values()) {
      const path = rule.secret ? map.path : value.path;
      const fault = rule.keyFault?.(key);
      if (fault !== undefined) report.error('badValue', { place, path }, fault);
      const read = rule.value({ ...value, path }, report);
      if (read !== undefined) found.push([key, read]);
    }
    return Object.fromEntries(found);
  };
}

/** Where the fields of a mapping are taken down, and what it is called there. */
export interface FieldsOf {
  /** With its article: `a route`. */
  readonly what: string;
  readonly report: Report;
}

/** Reads a mapping of known keys, as far as it goes. Unknown, repeated and missing ones are taken down. */
export function readFields<T>(
  node: SourceNode,
  fields: Fields<T>,
  { what, report }: FieldsOf,
): Partial<T> | undefined {
  if (tells(node, () => fieldsSchema(fields), 'map')) return undefined;
  const map = mapping(node, report, { wanted: `a mapping (${what})` });
  if (map === undefined) return undefined;
  const known = Object.keys(fields) as (keyof T & string)[];
  const meant = unknownKeys(map, known, { report, fault: `${what} has no such key`, of: what });
  const found: [string, unknown][] = [];
  for (const name of known) {
    const field: Field<unknown> = fields[name];
    const entry = map.entries.get(name);
    if (entry === undefined && field.required && !meant.has(name)) {
      const isEmpty = map.absent?.some(({ key }) => key === name);
      const why = isEmpty ? '; the variable that stands for it is empty' : '';
      report.error('missing', map, `${what} needs "${name}"${why}`);
    }
    const value = entry === undefined ? field.fallback : field.shape(entry.value, report);
    if (value !== undefined) found.push([name, value]);
  }
  return Object.fromEntries(found) as Partial<T>;
}

function fieldsSchema<T>(fields: Fields<T>): JsonSchema {
  const all = Object.entries<Field<unknown>>(fields);
  const needed = all.filter(([, { required }]) => required).map(([name]) => name);
  return {
    type: 'object',
    properties: Object.fromEntries(
      all.map(([name, { shape, fallback }]) => [
        name,
        { ...schemaOf(shape), ...(fallback === undefined ? {} : { default: fallback }) },
      ]),
    ),
    ...(needed.length > 0 && { required: needed }),
    additionalProperties: false,
  };
}

/** How unknown keys are spoken of. */
export interface UnknownKeys {
  readonly report: Report;
  /** The beginning of the sentence. */
  readonly fault: string;
  /** Who has the known keys. */
  readonly of: string;
}

/** Takes down the keys that nobody reads. Gives the known keys that were probably meant by them. */
export function unknownKeys(
  map: MapNode,
  known: readonly string[],
  { report, fault, of }: UnknownKeys,
): ReadonlySet<string> {
  const meant = new Set<string>();
  for (const { key, place, value } of [...map.entries.values(), ...(map.absent ?? [])]) {
    if (known.includes(key)) continue;
    const near = nearest(
      key,
      known.filter((name) => !map.entries.has(name)),
    );
    if (near !== undefined) meant.add(near);
    const list = known.length === 0 ? `; ${of} has none` : `; ${of} has ${known.join(', ')}`;
    const message = near === undefined ? fault + list : fault;
    report.error('unknownKey', { place, path: value.path }, { message, meant: near });
  }
  return meant;
}

/** The node as a mapping without repeated keys, or a fault taken down. */
export function mapping(node: SourceNode, report: Report, of: Wanted): MapNode | undefined {
  if (isBroken(node, report)) return undefined;
  if (node.kind !== 'map') {
    const came = of.secret ? shownHidden(node) : shown(node);
    return report.error('wrongType', node, `expected ${of.wanted}, got ${came}`);
  }
  for (const { key, place, value } of node.repeated) {
    const first = node.entries.get(key)?.place.line;
    const path = of.secret ? node.path : value.path;
    report.error('repeatedKey', { place, path }, `this key is there already, in line ${first}`);
  }
  return node;
}

/** True if there is no value to speak of; takes down why. */
export function isBroken(node: SourceNode, report: Report): boolean {
  if (node.kind !== 'scalar' || node.faults === undefined) return false;
  for (const { kind, message } of node.faults) report.error(kind, node, message);
  return true;
}

/** True if there is no value to speak of in the node or anywhere below it. */
export function holdsBroken(node: SourceNode): boolean {
  if (node.kind === 'list') return node.items.some(holdsBroken);
  if (node.kind === 'scalar') return node.faults !== undefined;
  return [...node.entries.values()].some(({ value }) => holdsBroken(value));
}
