/** GatewayOptions: what a gateway is given in code, beside its config. */
import type { Clock } from '@interpose/kernel';
import type { Store } from '@interpose/kernel/store';
import type { Dictionaries } from './dictionaries/dictionaries.ts';
import type { ConnectionOptions } from './listeners/front.ts';
import type { Logger } from './logger.ts';
import type { GatewayObserver } from './observer.ts';
import type { PluginDefinition } from './definition/plugin.ts';
import type { PluginRegistry } from './registry/registry.ts';
import type { AroundContent } from './snapshot.ts';

/** What a gateway is given in code. */
export interface GatewayOptions extends AroundContent {
  /** The kinds of plugins that a config can use. @default standardPlugins */
  readonly definitions?: readonly PluginDefinition[];
  /** A registry with plugins of your own; those of the config are added to it. @default an empty one */
  readonly registry?: PluginRegistry;
  /** Limits and times of the connections of clients. @default those of the server */
  readonly server?: ConnectionOptions;
  /** @default systemClock */
  readonly clock?: Clock;
  /** @default Math.random */
  readonly random?: () => number;
  /** Makes ids that nobody can guess. @default random UUIDs */
  readonly newId?: () => string;
  /** Where plugins keep what outlives a request. @default memoryStore() */
  readonly store?: Store;
  /** What requests keep together, by name; those that there must be are verified before the gateway listens. @default in memory */
  readonly dictionaries?: Dictionaries;
  /** @default jsonLogger() */
  readonly logger?: Logger;
  /** Who is told of requests and of configs. @default nobody */
  readonly observers?: readonly GatewayObserver[];
  /** Names this process among those that use the same dictionaries. @default '0' */
  readonly workerId?: string;
}
