/** configDiff: what is different in another config, and what becomes of what the gateway has learned under the first. */
import { contentKey } from '../content-key.ts';
import type { GatewayConfig, PluginUse } from '../gateway-config.ts';
import type { PluginDefinition } from '../definition/plugin.ts';
import { type ConfigPart, type ConfigParts, configParts, type PartKind } from './config-parts.ts';
import { type FieldChange, fieldChanges } from './field-changes.ts';
import { movedNames } from './moved-names.ts';

/**
 * What becomes of connections, counts and whatever else a part has learned: it goes on, goes on for the targets that stay, begins, ends
 * once the requests under way have, or ends and begins; nothing, for what learns nothing.
 */
export type Fate = 'kept' | 'kept in part' | 'begins' | 'ends' | 'begins anew' | 'nothing';

/** One part of a config that is not as it was. */
export interface ConfigChange {
  readonly kind: 'added' | 'removed' | 'changed' | 'moved';
  readonly part: PartKind;
  /** The name of the part; of a setting, its key at the top of the config. */
  readonly name: string;
  /** The route that a plugin belongs to; not there for a plugin of all routes. */
  readonly route?: string;
  /** The values that differ, without secrets; empty unless the part has changed. */
  readonly fields: readonly FieldChange[];
  readonly fate: Fate;
}

/** What is different between two configs. */
export interface ConfigDiff {
  /** Settings, upstreams, plugins, routes; each as they stand in the second config, then what is gone. */
  readonly changes: readonly ConfigChange[];
  /** How many upstreams and plugins go on with all that they have learned. */
  readonly kept: { readonly upstreams: number; readonly plugins: number };
}

/**
 * What would be different if the second config took the place of the first.
 *
 * @param definitions the plugins that the configs name, which say what of their options is secret
 * @example
 * for (const { kind, part, name } of configDiff(gateway.config, next, standardPlugins).changes) console.log(kind, part, name);
 */
export function configDiff(
  before: GatewayConfig,
  after: GatewayConfig,
  definitions: readonly PluginDefinition[],
): ConfigDiff {
  const pair = { before: configParts(before, definitions), after: configParts(after, definitions) };
  const [setting, upstream, plugin, route] = (
    ['setting', 'upstream', 'plugin', 'route'] as const
  ).map((kind) => compared(kind, pair)) as [Compared, Compared, Compared, Compared];
  const names = (parts: ConfigParts): string[] => parts.route.map(({ name }) => name);
  const moved = movedNames(names(pair.before), names(pair.after)).map((name): ConfigChange => ({
    kind: 'moved',
    part: 'route',
    name,
    fields: [],
    fate: 'nothing',
  }));
  return {
    changes: [setting, upstream, plugin, route].flatMap(({ changes }) => changes).concat(moved),
    kept: { upstreams: upstream.kept, plugins: plugin.kept },
  };
}

interface Pair {
  readonly before: ConfigParts;
  readonly after: ConfigParts;
}

interface Compared {
  readonly changes: readonly ConfigChange[];
  readonly kept: number;
}

function compared(part: PartKind, pair: Pair): Compared {
  const gone = new Map(pair.before[part].map((one) => [keyOf(one), one]));
  const changes: ConfigChange[] = [];
  let kept = 0;
  for (const one of pair.after[part]) {
    const earlier = gone.get(keyOf(one));
    gone.delete(keyOf(one));
    const change = changeOf(part, earlier, one);
    if (change !== undefined) changes.push(change);
    if (change === undefined || change.fate === 'kept') kept++;
  }
  for (const one of gone.values()) {
    changes.push({ kind: 'removed', ...about(part, one), fields: [], fate: fate(part, 'ends') });
  }
  return { changes, kept };
}

function changeOf(
  part: PartKind,
  before: ConfigPart | undefined,
  after: ConfigPart,
): ConfigChange | undefined {
  const named = about(part, after);
  if (before === undefined) {
    return { kind: 'added', ...named, fields: [], fate: fate(part, 'begins') };
  }
  const fields = fieldChanges(before, after);
  if (fields.length === 0) return undefined;
  return { kind: 'changed', ...named, fields, fate: changedFate(part, before, after) };
}

function changedFate(part: PartKind, before: ConfigPart, after: ConfigPart): Fate {
  if (part === 'upstream') return 'kept in part';
  const isSame = part === 'plugin' && optionsKey(before) === optionsKey(after);
  return isSame ? 'kept' : fate(part, 'begins anew');
}

function about(part: PartKind, { name, route }: ConfigPart): Pick<ConfigChange, 'part' | 'name'> {
  return { part, name, ...(route !== undefined && { route }) };
}

/** Only upstreams and plugins learn anything. */
function fate(part: PartKind, becomes: Fate): Fate {
  return part === 'upstream' || part === 'plugin' ? becomes : 'nothing';
}

/** A plugin stays the one that it is as long as its options do; its state and priority are only its place. */
function optionsKey({ whole }: ConfigPart): string {
  return contentKey((whole as PluginUse).options);
}

function keyOf({ name, route }: ConfigPart): string {
  return JSON.stringify([route, name]);
}
