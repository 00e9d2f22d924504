/** BackOffice: what a gateway does besides serving requests: it counts them, keeps its dictionaries in order, and can be asked and told. */
import type { Clock } from '@interpose/kernel';
import { type Admin, startAdmin } from './admin/start-admin.ts';
import type { AdminTarget } from './admin/admin-target.ts';
import type { Environment } from './config/environment.ts';
import type { Dictionaries } from './dictionaries/dictionaries.ts';
import type { GatewayConfig } from './gateway-config.ts';
import type { Logger } from './logger.ts';
import type { GatewayObserver } from './observer.ts';
import type { PluginDefinition } from './definition/plugin.ts';
import { Housekeeping } from './statistics/housekeeping.ts';
import { Statistics } from './statistics/statistics.ts';
import { dictionaryEvents, type WorkerEvents } from './statistics/worker-events.ts';

/** What it works with. */
export interface BackOfficeParts {
  readonly dictionaries: Dictionaries;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly definitions: readonly PluginDefinition[];
  readonly workerId?: string | undefined;
  readonly environment?: Environment | undefined;
}

/** Statistics, worker events, housekeeping, and the admin API if the config has one. */
export class BackOffice implements GatewayObserver {
  readonly statistics: Statistics = new Statistics();
  readonly events: WorkerEvents;
  readonly #parts: BackOfficeParts;
  readonly #housekeeping: Housekeeping;
  #admin: Admin | undefined;

  constructor(parts: BackOfficeParts) {
    const { dictionaries, clock, logger, workerId = '0' } = parts;
    this.#parts = parts;
    this.events = dictionaryEvents({
      dictionary: dictionaries.worker_events,
      clock,
      logger,
      workerId,
    });
    const { statistics } = this;
    this.#housekeeping = new Housekeeping({ statistics, dictionaries, clock, logger, workerId });
  }

  /** Where the admin API listens, once it does. */
  get adminUrl(): string | undefined {
    return this.#admin?.url;
  }

  /**
   * Begins to work, and opens the admin API if the config has one.
   *
   * @throws ListenFailedError if its address cannot be had
   */
  async open(gateway: AdminTarget): Promise<void> {
    const { system, admin } = gateway.config;
    await this.#housekeeping.start(system);
    if (!admin) return;
    const { definitions, environment, clock, logger } = this.#parts;
    try {
      this.#admin = await startAdmin(gateway, {
        ...admin,
        definitions,
        clock,
        logger,
        ...(environment && { environment }),
      });
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  reloaded({ system, admin }: GatewayConfig): void {
    this.#housekeeping.set(system);
    if (admin) this.#admin?.set(admin);
  }

  /** Ends with everything; the last figures are carried to the dictionaries. */
  async close(): Promise<void> {
    this.events.close();
    await this.#housekeeping.close();
    await this.#admin?.close();
    this.#admin = undefined;
  }
}
