/** Turns text into a tree of nodes with places: aliases followed, environment variables put in. */
import { isAlias, isMap, isScalar, isSeq, type Node, type Pair } from 'yaml';
import { type Outside, substitute } from './environment.ts';
import type { At, Report } from './problem.ts';
import {
  type Entry,
  isAbsent,
  type MapNode,
  pathTo,
  type ScalarNode,
  type SourceNode,
} from './source.ts';
import { type Parsed, parseText } from './syntax.ts';

/** What a document can be read with. */
export interface ReadSourceOptions extends Outside {
  /** Takes the texts that variables were put into. */
  readonly outside: Set<string>;
  /** Where faults are taken down. */
  readonly report: Report;
}

/** More nodes than this out of aliases is a bomb, not a config. */
const MOST_ALIASED_NODES = 10_000;
const MOST_DEPTH = 64;

/** What one reading knows beside the node it is at. */
interface Reading extends ReadSourceOptions {
  readonly at: Parsed['at'];
  readonly anchors: Map<string, Node>;
  /** The nodes that the present one stands in. */
  readonly within: Set<Node>;
  aliases: number;
  aliasedNodes: number;
  /** True once a limit was met; nothing more is read then. */
  stopped: boolean;
}

/** Reads a YAML or JSON text; nothing comes back when there is no document in it. */
export function readSource(text: string, options: ReadSourceOptions): SourceNode | undefined {
  const parsed = parseText(text.replace(/^\ufeff/, ''), options.report);
  if (parsed === undefined) return undefined;
  const { contents } = parsed.document;
  const empty = contents === null || (isScalar(contents) && contents.value === null);
  if (empty) {
    options.report.error(
      'empty',
      parsed.at(0, ''),
      'the file is empty; a config has at least "routes"',
    );
    return undefined;
  }
  const reading = {
    ...options,
    at: parsed.at,
    anchors: new Map(),
    within: new Set<Node>(),
    aliases: 0,
    aliasedNodes: 0,
    stopped: false,
  };
  return nodeOf(contents, '', reading);
}

function nodeOf(node: Node, path: string, reading: Reading): SourceNode {
  const at = reading.at(node.range?.[0] ?? 0, path);
  if (isAlias(node)) return followed(node.source, at, reading);
  if (node.anchor !== undefined && reading.aliases === 0) reading.anchors.set(node.anchor, node);
  if (isBeyondLimits(at, reading)) return broken(at);
  if (isScalar(node)) return scalarOf(node.value, at, reading);
  reading.within.add(node);
  try {
    if (isMap(node)) return mapOf(node.items as Pair<Node | null, Node | null>[], at, reading);
    if (!isSeq(node)) return nothing(at);
    const items = (node.items as Node[]).map((item, index) =>
      nodeOf(item, pathTo(path, index), reading),
    );
    return { kind: 'list', items: items.filter((item) => !isAbsent(item)), ...at };
  } finally {
    reading.within.delete(node);
  }
}

function isBeyondLimits(at: At, reading: Reading): boolean {
  if (reading.stopped) return true;
  if (reading.aliases > 0) reading.aliasedNodes++;
  const tooMany = reading.aliasedNodes > MOST_ALIASED_NODES;
  reading.stopped = tooMany || reading.within.size > MOST_DEPTH;
  if (!reading.stopped) return false;
  const fault = tooMany
    ? `aliases (*name) repeat more than ${MOST_ALIASED_NODES} values`
    : 'nested too deep for a config';
  reading.report.error('tooLarge', { ...at, path: '' }, fault);
  return true;
}

function followed(name: string, at: At, reading: Reading): SourceNode {
  const target = reading.anchors.get(name);
  if (target === undefined) {
    reading.report.error('syntax', at, 'no anchor (&name) of this name stands before the alias');
    return broken(at);
  }
  if (reading.within.has(target)) {
    reading.report.error('syntax', at, 'the alias stands inside what it repeats');
    return broken(at);
  }
  reading.aliases++;
  try {
    return nodeOf(target, at.path, reading);
  } finally {
    reading.aliases--;
  }
}

function mapOf(
  pairs: readonly Pair<Node | null, Node | null>[],
  at: At,
  reading: Reading,
): MapNode {
  const entries = new Map<string, Entry>();
  const repeated: Entry[] = [];
  const absent: Entry[] = [];
  for (const { key, value } of pairs) {
    const place = key?.range ? reading.at(key.range[0], at.path) : at;
    if (!isScalar(key) || key.value === null) {
      reading.report.error('wrongType', place, 'expected text as a key');
      continue;
    }
    const name = key.source ?? String(key.value);
    const path = pathTo(at.path, name);
    const node =
      value === null ? nothing({ place: place.place, path }) : nodeOf(value, path, reading);
    const entry = { key: name, place: place.place, value: node };
    if (isAbsent(node)) absent.push(entry);
    else if (entries.has(name)) repeated.push(entry);
    else entries.set(name, entry);
  }
  return { kind: 'map', entries, repeated, absent, ...at };
}

function scalarOf(value: unknown, at: At, reading: Reading): ScalarNode {
  if (typeof value !== 'string') return { kind: 'scalar', value: plainOf(value), ...at };
  const { text, changed, faults } = substitute(value, reading);
  if (faults.length > 0) return { kind: 'scalar', value: null, faults, ...at };
  if (changed && text !== '') reading.outside.add(text);
  return { kind: 'scalar', value: text, ...(changed ? { written: value } : {}), ...at };
}

function plainOf(value: unknown): ScalarNode['value'] {
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return value;
  return String(value);
}

function nothing(at: At): ScalarNode {
  return { kind: 'scalar', value: null, ...at };
}

/** Stands where a fault has been taken down, so that nobody adds another. */
function broken(at: At): ScalarNode {
  return { kind: 'scalar', value: null, faults: [], ...at };
}
