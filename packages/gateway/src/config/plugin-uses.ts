/** Reads lists of plugins: `- request-id`, or `- cors: { … }` with `state` and `priority` beside the name. */
import { nearest } from '@interpose/kernel/options';
import type { PluginUse } from '../gateway-config.ts';
import { isPhase, type Phase, PHASES, phaseOf } from '../phases.ts';
import type { PluginDefinition, PluginParts } from '../definition/plugin.ts';
import { tryPlugin } from './plugin-trial.ts';
import { pluginListSchema } from './plugin-schema.ts';
import { tells } from './probe.ts';
import type { At, Report } from './problem.ts';
import { readOptions } from './read-options.ts';
import { number, oneOf } from './scalar-shapes.ts';
import { holdsBroken, isBroken, mapping, type Shape } from './shape.ts';
import { type Entry, type MapNode, shown, type SourceNode } from './source.ts';

/** What stands beside the name of a plugin; no plugin can have one of these names. */
const BESIDE = ['state', 'priority'] as const;
const STATES = ['active', 'disabled'] as const;
const FORM = 'a plugin: its name, or its name as a key with its options';

/** The shape of a list of plugins, in the order in which they are put to use. */
export function pluginList(plugins: readonly PluginDefinition[]): Shape<readonly PluginUse[]> {
  const byName = new Map(plugins.map((plugin) => [plugin.name, plugin]));
  return (node, report) => {
    if (tells(node, () => pluginListSchema(plugins)) || isBroken(node, report)) return undefined;
    if (node.kind !== 'list') {
      const wanted = 'a list of plugins, each with "- " before it';
      return report.error('wrongType', node, `expected ${wanted}, got ${shown(node)}`);
    }
    const lines = new Map<string, number>();
    const uses = node.items.map((item) => {
      const use = readUse(item, { byName, report });
      if (use === undefined) return undefined;
      const line = lines.get(use.name);
      if (line === undefined) lines.set(use.name, item.place.line);
      else report.error('repeatedPlugin', item, `"${use.name}" is there already, in line ${line}`);
      return use;
    });
    return uses.filter((use) => use !== undefined);
  };
}

interface Reading {
  readonly byName: ReadonlyMap<string, PluginDefinition>;
  readonly report: Report;
}

function readUse(node: SourceNode, reading: Reading): PluginUse | undefined {
  const { byName, report } = reading;
  if (isBroken(node, report)) return undefined;
  if (node.kind === 'scalar' && typeof node.value === 'string') {
    const plugin = byName.get(node.value);
    if (plugin === undefined)
      return unknownPlugin(node.value, { ...node, label: shown(node) }, reading);
    return useOf(plugin, { options: { ...node, value: null }, report });
  }
  // A text in the wrong place may be a secret, so what came is never shown here.
  const map = mapping(node, report, { wanted: FORM, secret: true });
  const entry = map && nameEntry(map, reading);
  if (map === undefined || entry === undefined) return undefined;
  const plugin = byName.get(entry.key);
  const at = { ...keyOf(entry), label: JSON.stringify(entry.key) };
  if (plugin === undefined) return unknownPlugin(entry.key, at, reading);
  const state = map.entries.get('state')?.value;
  const priority = map.entries.get('priority')?.value;
  return useOf(plugin, { options: entry.value, report, state, priority });
}

/** The entry whose key is the plugin's name: the only one that is not reserved. */
function nameEntry(map: MapNode, { byName, report }: Reading): Entry | undefined {
  const entries = [...map.entries.values()].filter(({ key }) => !BESIDE.includes(key as 'state'));
  const entry = entries.find(({ key }) => byName.has(key)) ?? entries[0];
  const beside = BESIDE.join(' and ');
  if (entry === undefined) {
    return report.error('missing', map, `expected ${FORM}; ${beside} stand beside it`);
  }
  for (const other of entries) {
    if (other === entry) continue;
    const isOption = byName.get(entry.key)?.options[other.key] !== undefined;
    const hint = isOption ? `; indent it further to make it an option of "${entry.key}"` : '';
    report.error('unknownKey', keyOf(other), {
      message: `beside a plugin's name stand only ${beside}${hint}`,
      meant: isOption ? undefined : nearest(other.key, BESIDE),
    });
  }
  return entry;
}

function keyOf({ place, value }: Entry): At {
  return { place, path: value.path };
}

function unknownPlugin(name: string, at: At & { label: string }, reading: Reading): undefined {
  const names = [...reading.byName.keys()];
  const meant = nearest(name, names);
  const list = meant === undefined ? `; there are ${names.join(', ')}` : '';
  const hint =
    name === 'name' ? '; the name of a plugin is itself the key, as in "- cors: { … }"' : list;
  const message = `unknown plugin ${at.label}${hint}`;
  return reading.report.error('unknownPlugin', at, { message, meant });
}

/** What is said about one plugin in a list. */
interface Said {
  readonly options: SourceNode;
  readonly report: Report;
  readonly state?: SourceNode | undefined;
  readonly priority?: SourceNode | undefined;
}

function useOf(plugin: PluginDefinition, said: Said): PluginUse {
  const { report } = said;
  const before = report.errors();
  const options = readOptions(plugin, said.options, report) ?? {};
  const isSound = report.errors() === before && !holdsBroken(said.options);
  const parts = isSound ? tryPlugin(plugin, { options, node: said.options, report }) : undefined;
  const state = said.state && oneOf(STATES)(said.state, report);
  const priority = said.priority && readPriority(said.priority, { plugin, parts, report });
  return {
    name: plugin.name,
    options,
    ...(state === undefined ? {} : { state }),
    ...(priority === undefined ? {} : { priority }),
  };
}

/** A plugin whose priorities are read. Without parts nobody knows in which phases it acts. */
interface Prioritized {
  readonly plugin: PluginDefinition;
  readonly parts: PluginParts | undefined;
  readonly report: Report;
}

function readPriority(node: SourceNode, of: Prioritized): PluginUse['priority'] {
  const { plugin, parts, report } = of;
  if (node.kind !== 'map') return number()(node, report);
  const acts = PHASES.filter((phase) => parts === undefined || parts[phase] !== undefined);
  const found: Partial<Record<Phase, number>> = {};
  const entries = mapping(node, report, { wanted: 'a mapping' })?.entries.values() ?? [];
  for (const entry of entries) {
    const priority = number()(entry.value, report);
    const phase = isPhase(entry.key) ? phaseOf(entry.key) : undefined;
    if (phase !== undefined && priority !== undefined) found[phase] = priority;
    if (phase !== undefined && acts.includes(phase)) continue;
    const fault = phase ? `"${plugin.name}" does nothing in this phase` : 'no phase has this name';
    const message = `${fault}; it acts in ${acts.join(', ')}`;
    report.error('unknownPhase', keyOf(entry), { message, meant: nearest(entry.key, acts) });
  }
  return found;
}
