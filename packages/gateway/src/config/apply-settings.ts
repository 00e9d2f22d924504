/** Puts settings of the environment into a document, wherever it leaves open what they say. */
import type { Environment } from './environment.ts';
import { typedSetting } from './environment-config.ts';
import { SETTING_RULES, type SettingPlace, type SettingRule } from './setting-rules.ts';
import type { Entry, MapNode, ScalarNode, SourceNode } from './source.ts';

/** A setting that is set, as a node that shows its name and not its value. */
interface Setting {
  readonly to: SettingPlace;
  readonly node: SourceNode;
}

/**
 * The document with the settings in it. What it says itself stays; a variable that is not set, or is empty, says nothing. A value that is
 * none goes in as it is, so that it is refused like any other, under the name of its variable.
 */
export function withSettings(document: SourceNode, environment: Environment): SourceNode {
  return document.kind === 'map' ? settingsOf(environment).reduce(put, document) : document;
}

function settingsOf(environment: Environment): Setting[] {
  return Object.entries(SETTING_RULES).flatMap(([name, rule]) => {
    const text = Object.hasOwn(environment, name) ? environment[name] : undefined;
    if (!rule.to || text === undefined || text === '') return [];
    return [{ to: rule.to, node: nodeOf(name, text, rule) }];
  });
}

const place = { line: 1, column: 1 };

function nodeOf(name: string, text: string, { type, to }: SettingRule): SourceNode {
  const scalar = (value: string): ScalarNode => ({
    kind: 'scalar',
    value,
    written: `\${${name}}`,
    place,
    path: name,
  });
  const value = typedSetting(type, text);
  if (Array.isArray(value)) {
    return { kind: 'list', items: value.map((item: string) => scalar(item)), place, path: name };
  }
  return scalar(typeof value === 'number' ? String(value * (to?.times ?? 1)) : text);
}

function put(document: MapNode, { to, node }: Setting): MapNode {
  const { in: where, key, adds = false } = to;
  if (typeof where === 'object') return inPlugin(document, { name: where.plugin, key, node, adds });
  if (where === 'upstreams')
    return inUpstreams(document, (upstream) => filled(upstream, key, node));
  if (where === 'health') {
    return inUpstreams(document, (upstream) =>
      inChild(upstream, where, { key, node, adds: false }),
    );
  }
  // Where there are listeners of their own, nobody reads where else it listens.
  if (where === 'listen' && document.entries.has('listeners')) return document;
  return inChild(document, where, { key, node, adds: true });
}

interface Filling {
  readonly key: string;
  readonly node: SourceNode;
  /** Whether a mapping that is not there is made for it. */
  readonly adds: boolean;
}

function inChild(map: MapNode, name: string, { key, node, adds }: Filling): MapNode {
  const child = map.entries.get(name)?.value ?? (adds ? emptyAt(node) : undefined);
  if (child?.kind !== 'map') return map;
  return replaced(map, name, filled(child, key, node));
}

function inUpstreams(document: MapNode, fill: (upstream: MapNode) => MapNode): MapNode {
  const upstreams = document.entries.get('upstreams')?.value;
  if (upstreams?.kind !== 'map') return document;
  const all = [...upstreams.entries.values()].reduce(
    (map, { key, value }) => (value.kind === 'map' ? replaced(map, key, fill(value)) : map),
    upstreams,
  );
  return replaced(document, 'upstreams', all);
}

function inPlugin(
  document: MapNode,
  { name, key, node, adds }: Filling & { readonly name: string },
): MapNode {
  const list = document.entries.get('plugins')?.value ?? emptyListAt(node);
  if (list.kind !== 'list') return document;
  const at = list.items.findIndex((item) => isUse(item, name));
  if (at === -1 && !adds) return document;
  const use = list.items[at] ?? emptyAt(node);
  const map = use.kind === 'map' ? use : emptyAt(use);
  const options = map.entries.get(name)?.value;
  const given = options?.kind === 'map' ? options : emptyAt(options ?? map);
  const changed = replaced(map, name, filled(given, key, node));
  const items = at === -1 ? [...list.items, changed] : list.items.with(at, changed);
  return replaced(document, 'plugins', { ...list, items });
}

function isUse(item: SourceNode, name: string): boolean {
  return item.kind === 'map'
    ? item.entries.has(name)
    : item.kind === 'scalar' && item.value === name;
}

/** The mapping with the key, unless it has it. */
function filled(map: MapNode, key: string, node: SourceNode): MapNode {
  return map.entries.has(key) ? map : replaced(map, key, node);
}

function replaced(map: MapNode, key: string, value: SourceNode): MapNode {
  const entry: Entry = { key, place: map.entries.get(key)?.place ?? value.place, value };
  return { ...map, entries: new Map(map.entries).set(key, entry) };
}

function emptyAt({ place: at, path }: SourceNode): MapNode {
  return { kind: 'map', entries: new Map(), repeated: [], place: at, path };
}

function emptyListAt({ place: at, path }: SourceNode): SourceNode & { readonly kind: 'list' } {
  return { kind: 'list', items: [], place: at, path };
}
