/** Reads the options of a plugin by its own rules, with the place of every fault and no secret shown. */
import type { OptionRule, PluginDefinition } from '../definition/plugin.ts';
import { tells } from './probe.ts';
import type { Report } from './problem.ts';
import { flag, number, oneOf, text } from './scalar-shapes.ts';
import { isBroken, listOf, mapping, recordOf, type Shape, unknownKeys } from './shape.ts';
import { count, type SourceNode } from './source.ts';

/** A record's key is as often a person's name as a secret; one shorter than this is taken for a name. */
const LEAST_SECRET_KEY = 8;

/** A message of a plugin's own, without secrets, and without what came from the environment. */
export function redacted(message: string, plugin: PluginDefinition, given: SourceNode): string {
  const hidden = Object.entries(plugin.options)
    .filter(([, rule]) => rule.secret === true)
    .flatMap(([name]) => (given.kind === 'map' ? textsIn(given.entries.get(name)?.value) : []))
    .concat(fromEnvironment(given))
    .filter((text) => text !== '')
    .toSorted((one, other) => other.length - one.length)
    .map((text) => text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'));
  return hidden.length === 0
    ? message
    : message.replaceAll(new RegExp(hidden.join('|'), 'g'), '(hidden)');
}

function fromEnvironment(node: SourceNode | undefined): string[] {
  if (node === undefined) return [];
  if (node.kind === 'list') return node.items.flatMap(fromEnvironment);
  if (node.kind === 'map')
    return [...node.entries.values()].flatMap(({ value }) => fromEnvironment(value));
  return node.written === undefined ? [] : [String(node.value)];
}

function textsIn(node: SourceNode | undefined): string[] {
  if (node === undefined) return [];
  if (node.kind === 'list') return node.items.flatMap(textsIn);
  if (node.kind === 'scalar') return [String(node.value ?? '')];
  const keys = [...node.entries.keys()].filter((key) => key.length >= LEAST_SECRET_KEY);
  return [...keys, ...[...node.entries.values()].flatMap(({ value }) => textsIn(value))];
}

function isSecretive(plugin: PluginDefinition): boolean {
  return Object.values(plugin.options).some((rule) => rule.secret === true);
}

/** The options that stand in the file; the plugin itself fills in its defaults. */
export function readOptions(
  plugin: PluginDefinition,
  node: SourceNode,
  report: Report,
): Record<string, unknown> | undefined {
  if (isBroken(node, report)) return undefined;
  const given = node.kind === 'scalar' && node.value === null ? emptyMap(node) : node;
  const wanted = `the options of "${plugin.name}" as a mapping`;
  const map = mapping(given, report, { wanted, secret: isSecretive(plugin) });
  if (map === undefined) return undefined;
  const of = `"${plugin.name}"`;
  const names = Object.keys(plugin.options);
  const meant = unknownKeys(map, names, { report, fault: `${of} has no such option`, of });
  const found: [string, unknown][] = [];
  for (const [name, rule] of Object.entries(plugin.options)) {
    const entry = map.entries.get(name);
    const value = entry && optionShape(rule)(entry.value, report);
    if (value !== undefined) found.push([name, value]);
    const isMissing = entry === undefined && rule.required === true && rule.default === undefined;
    if (!isMissing || meant.has(name)) continue;
    report.error('missing', map, `${of} needs the option "${name}": ${rule.description}`);
  }
  return Object.fromEntries(found);
}

function emptyMap(node: SourceNode): SourceNode {
  return { kind: 'map', entries: new Map(), repeated: [], place: node.place, path: node.path };
}

/** The shape of an option that has this rule. */
export function optionShape(rule: OptionRule): Shape<unknown> {
  const { min, choices, secret = false } = rule;
  const word = choices && !secret ? oneOf(choices) : text({ wanted: 'text', secret });
  switch (rule.type) {
    case 'string':
      return word;
    case 'number':
      return number({ ...(min === undefined ? {} : { min }), secret });
    case 'boolean':
      return flag;
    case 'string[]':
      return atLeast(min, listOf(word, { wanted: 'a list of texts', secret }));
    case 'record': {
      const value = text({ wanted: 'text', secret });
      return atLeast(min, recordOf({ value, wanted: 'a mapping of names to texts', secret }));
    }
    case 'json':
      return json(secret);
  }
}

/** Any value as it stands. */
function json(secret: boolean): Shape<unknown> {
  const shape: Shape<unknown> = (node, report) => {
    if (tells(node, () => ({})) || isBroken(node, report)) return undefined;
    if (node.kind === 'scalar') return node.value;
    if (node.kind === 'list') return node.items.map((item) => shape(item, report));
    return recordOf({ value: shape, wanted: 'a mapping', secret })(node, report);
  };
  return shape;
}

function atLeast<T>(least = 0, shape: Shape<T>): Shape<T> {
  return (node, report) => {
    const value = shape(node, report);
    if (node.kind === 'scalar') return value;
    const size = node.kind === 'list' ? node.items.length : node.entries.size;
    if (size >= least) return value;
    const got = size === 0 ? 'none' : size;
    return report.error('badValue', node, `expected at least ${count(least, 'item')}, got ${got}`);
  };
}
