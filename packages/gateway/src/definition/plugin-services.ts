/** servicesOf: what a plugin gets from a gateway, for plugins that are made without one. */
import { randomId } from '@interpose/http';
import { systemClock } from '@interpose/kernel/clock';
import { memoryStore } from '@interpose/kernel/store';
import { memoryDictionaries } from '../dictionaries/dictionaries.ts';
import { LogFiles } from '../log-files/log-files.ts';
import { jsonLogger } from '../logger.ts';
import type { PluginServices } from './plugin.ts';

/** All services; those that are not given are those of a gateway that is told nothing. */
export function servicesOf(given: Partial<PluginServices> = {}): PluginServices {
  const { clock = systemClock, random = Math.random, logger = jsonLogger({ clock }) } = given;
  return {
    clock,
    logger,
    random,
    newId: randomId,
    store: memoryStore({ clock }),
    dictionaries: memoryDictionaries(clock),
    logFiles: new LogFiles({ clock, logger }),
    ...given,
  };
}
