/** Makes a plugin on trial: only that shows options that do not go together, and in which phases it acts. */
import { systemClock } from '@interpose/kernel/clock';
import { memoryStore } from '@interpose/kernel/store';
import { memoryDictionaries } from '../dictionaries/dictionaries.ts';
import { LogFiles } from '../log-files/log-files.ts';
import type { PluginDefinition, PluginParts, PluginServices } from '../definition/plugin.ts';
import type { Report } from './problem.ts';
import { redacted } from './read-options.ts';
import type { SourceNode } from './source.ts';

/** What is tried, and where its faults are taken down. */
export interface Trial {
  readonly options: Readonly<Record<string, unknown>>;
  /** The options as they stand in the file. */
  readonly node: SourceNode;
  readonly report: Report;
}

/** The parts of the plugin, or a fault taken down. Nothing is started, and nothing is kept. */
export function tryPlugin(
  plugin: PluginDefinition,
  { options, node, report }: Trial,
): PluginParts | undefined {
  try {
    return plugin.create(options, services());
  } catch (error) {
    const reason = redacted(error instanceof Error ? error.message : String(error), plugin, node);
    const at = placeOf(plugin, node, reason);
    return report.error('refusedOptions', at, `"${plugin.name}" cannot be made: ${reason}`);
  }
}

/** Where the option stands that the reason names; the options as a whole if it names none that is there. */
function placeOf(plugin: PluginDefinition, options: SourceNode, reason: string): SourceNode {
  const [, named = ''] = /`([^`]+)`/.exec(reason) ?? [];
  const [first = '', ...way] = named.split(/[.[\]]+/).filter((step) => step !== '');
  if (first !== plugin.name || options.kind !== 'map') return options;
  let node: SourceNode = options;
  for (const step of way) {
    const inner: SourceNode | undefined =
      node.kind === 'map' ? node.entries.get(step)?.value : undefined;
    const found: SourceNode | undefined =
      inner ?? (node.kind === 'list' ? node.items[Number(step)] : undefined);
    if (!found) break;
    node = found;
    // Names inside of a secret are secrets themselves.
    if (plugin.options[step]?.secret) break;
  }
  return node;
}

function services(): PluginServices {
  const logger = { info: () => {}, warn: () => {}, error: () => {} };
  return {
    clock: systemClock,
    random: () => 0.5,
    newId: () => 'trial',
    store: memoryStore(),
    dictionaries: memoryDictionaries(systemClock),
    logger,
    logFiles: new LogFiles({ clock: systemClock, logger }),
  };
}
