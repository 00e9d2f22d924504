/** A plugin: its name, what it may be told, and at most one handler a phase. */
import type { HttpResponse } from '@interpose/http';
import type { Awaitable, Clock, Middleware } from '@interpose/kernel';
import type { Store } from '@interpose/kernel/store';
import type { GatewayContext } from '../context.ts';
import type { Dictionaries } from '../dictionaries/dictionaries.ts';
import type { LogFiles } from '../log-files/log-files.ts';
import type { Logger } from '../logger.ts';
import type { OptionSchema, OptionsOf } from './option-schema.ts';
import { completeOptions, ofPlugin } from './plugin-options.ts';
import { type Needs, needsOf, type PluginNeeds } from './plugin-needs.ts';
import type { UnitHooks } from '../registry/plugin-unit.ts';

export type { OptionRule, OptionSchema, OptionsOf } from './option-schema.ts';

/** What a plugin gets from the gateway instead of reaching for it. */
export interface PluginServices {
  readonly clock: Clock;
  /** A number from 0 to less than 1. */
  readonly random: () => number;
  /** A new id that nobody can guess. */
  readonly newId: () => string;
  /** State of this process that outlives a request; every plugin puts its own name before its keys. */
  readonly store: Store;
  /** What all requests keep together. */
  readonly dictionaries: Dictionaries;
  readonly logger: Logger;
  /** Files that lines are written to. */
  readonly logFiles: LogFiles;
}

/** A refusal with its reason; the reason goes to the log and, with a status below 500, to the client. */
export interface Refusal {
  readonly ok: false;
  readonly error: string;
  /** @default 403 in access, 500 in content */
  readonly status?: number;
}

/** `true` and nothing go on, `false` and a refusal stop the phase. */
export type HandlerResult = boolean | Refusal | undefined | void;

/** What a body filter gives: the bytes in place of the chunk, or one of the other results to leave it. */
export type ChunkResult = HandlerResult | string | Uint8Array;

/** The handler of a phase, with its place in it. */
export interface PhasePart<State extends object = Record<string, unknown>> {
  /** A smaller one runs first. @default 100 */
  readonly priority?: number;
  handle(ctx: GatewayContext<State>): Awaitable<HandlerResult>;
}

/** The handler of the bodyFilter phase. */
export interface BodyFilterPart<State extends object = Record<string, unknown>> {
  /** A smaller one runs first. @default 100 */
  readonly priority?: number;
  /** Called for every chunk; the last call, perhaps with an empty chunk, has `isLast`. */
  handle(ctx: GatewayContext<State>, chunk: Uint8Array, isLast: boolean): Awaitable<ChunkResult>;
}

/** A middleware around the content phase, with its place among others. */
export interface AroundPart {
  /** A smaller one stands further out. @default 100 */
  readonly priority?: number;
  /** `next()` runs the content phase and gives its answer, or fails with its failure; what is returned is the answer. */
  // oxlint-disable-next-line typescript/no-explicit-any -- what it adds to the context concerns only those behind it
  readonly handle: Middleware<GatewayContext, HttpResponse, any>;
}

/** The handlers of a plugin, which share the type of what they keep in `ctx.state`. */
export interface PluginParts<State extends object = Record<string, unknown>> extends UnitHooks {
  readonly access?: PhasePart<State>;
  readonly content?: PhasePart<State>;
  /** Stands around the content phase. */
  readonly around?: AroundPart;
  readonly headerFilter?: PhasePart<State>;
  readonly bodyFilter?: BodyFilterPart<State>;
  readonly log?: PhasePart<State>;
}

/** A kind of plugin, from which configured plugins are made. */
export interface PluginDefinition extends Needs {
  readonly name: string;
  readonly description: string;
  readonly options: OptionSchema;
  /**
   * Makes a plugin.
   *
   * @throws TypeError or RangeError for options that do not fit
   */
  create(options: Readonly<Record<string, unknown>>, services: PluginServices): PluginParts;
}

/** What `definePlugin` is told. */
export interface PluginSpec<Schema extends OptionSchema, State extends object> extends PluginNeeds {
  readonly name: string;
  readonly description: string;
  readonly options: Schema;
  create(options: OptionsOf<Schema>, services: PluginServices): PluginParts<State>;
}

/**
 * Defines a kind of plugin. Its options reach `create` checked and complete.
 *
 * @example
 * const poweredBy = definePlugin({
 *   name: 'powered-by',
 *   description: 'Says what answered.',
 *   options: { by: { type: 'string', default: 'interpose', description: 'The name to give.' } },
 *   create: ({ by }) => ({
 *     headerFilter: { priority: 900, handle: (ctx) => ctx.response.headers.set('X-Powered-By', by) },
 *   }),
 * });
 */
export function definePlugin<
  const Schema extends OptionSchema,
  State extends object = Record<string, unknown>,
>(spec: PluginSpec<Schema, State>): PluginDefinition {
  const { name, description, options } = spec;
  return {
    name,
    description,
    options,
    ...needsOf(spec),
    create(given, services) {
      const complete = completeOptions(name, options, given) as OptionsOf<Schema>;
      return ofPlugin(name, () => spec.create(complete, services)) as unknown as PluginParts;
    },
  };
}
