/** Makes a plugin on trial: only that shows options that do not go together, and in which phases it acts. */
import { systemClock } from '@interpose/kernel/clock';
import { memoryStore } from '@interpose/kernel/store';
import { memoryDictionaries } from '../dictionaries/dictionaries.ts';
import type { PluginDefinition, PluginParts, PluginServices } from '../plugin.ts';
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
    return report.error('refusedOptions', node, `"${plugin.name}" cannot be made: ${reason}`);
  }
}

function services(): PluginServices {
  return {
    clock: systemClock,
    random: () => 0.5,
    newId: () => 'trial',
    store: memoryStore(),
    dictionaries: memoryDictionaries(systemClock),
    logger: { info: () => {}, warn: () => {}, error: () => {} },
  };
}
