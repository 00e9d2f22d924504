/** PhaseCoordinator: what stands before and after all requests, and runs single phases: dictionaries verified, plugins started and closed. */
import type { Awaitable, Clock } from '@interpose/kernel';
import type { GatewayContext } from '../context.ts';
import { missingDictionaries, startDictionaries } from '../dictionaries/dictionaries.ts';
import type { SharedDictionary } from '../dictionaries/shared-dictionary.ts';
import type { Logger } from '../logger.ts';
import { type Phase, type PhaseName, PHASES } from '../phases.ts';
import type { PluginRegistry } from './registry.ts';

/** What is brought together. */
export interface CoordinatorParts {
  readonly registry: PluginRegistry;
  readonly dictionaries: Readonly<Record<string, SharedDictionary | undefined>>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Leads dictionaries and plugins through the life of a gateway, and requests through single phases. */
export class PhaseCoordinator {
  readonly registry: PluginRegistry;
  readonly #parts: CoordinatorParts;

  constructor(parts: CoordinatorParts) {
    this.registry = parts.registry;
    this.#parts = parts;
  }

  /** The phases, in the order in which a request meets them. */
  get phases(): readonly Phase[] {
    return PHASES;
  }

  /**
   * Verifies the dictionaries and puts the first values into them, then starts the plugins.
   *
   * @throws RequiredDictionaryError if a dictionary is missing, StartFailedError for plugins that do not fit or cannot be initialised
   */
  async start(): Promise<void> {
    await startDictionaries(this.#parts.dictionaries, this.#parts);
    await this.registry.start();
  }

  /** Runs one phase for the path of the request. True if it came to its end. */
  run(phase: PhaseName, ctx: GatewayContext): Awaitable<boolean> {
    return this.registry.runChain(phase, ctx);
  }

  /** Closes the plugins, the last one first. What the dictionaries hold stays. */
  close(): Promise<void> {
    return this.registry.close();
  }
}

/** Whether there are all dictionaries that there must be; each that is missing is told to the log. */
export function verifyDictionaries(
  dictionaries: Readonly<Record<string, SharedDictionary | undefined>>,
  logger: Logger,
): boolean {
  return missingDictionaries(dictionaries, logger).length === 0;
}
