/** An entry of the registry: where the module is, in which phases it takes part, and with which priorities. */
import type { Awaitable } from '@interpose/kernel';
import { InvalidConfigError, MissingPhaseHandlerError } from '../errors.ts';
import {
  checkMiddleware,
  type CheckedMiddleware,
  type MiddlewareInput,
  type PluginState,
} from './middleware-object.ts';
import { isPhase, type Phase, type PhaseName, phaseOf } from '../phases.ts';
import { type Needs, needsOf, type StandardName } from '../definition/plugin-needs.ts';
import type { UnitHooks } from './plugin-unit.ts';

/** What a module exports: one middleware object, or one for each phase. */
export type PluginModule<State extends object = Record<string, unknown>> =
  | MiddlewareInput<State>
  | (Readonly<Partial<Record<PhaseName, MiddlewareInput<State>>>> & UnitHooks & Needs);

/** The place of a plugin in one phase. */
export interface PhaseEntry {
  /** @default the entry's own, or 100 */
  readonly priority?: number;
}

/** One plugin of the registry. What it says goes before what the module says of itself. `Name` are those that its needs can name. */
export interface RegistryEntry<Name extends string = string> extends Needs<Name> {
  /** The module, a function that loads it, or what `import()` can find it by. */
  readonly module: AnyModule | (() => Awaitable<AnyModule>) | string;
  /** @default 'active' */
  readonly state?: PluginState;
  /** Whether the module exports one object a phase. @default true if there are `phases` */
  readonly multiPhase?: boolean;
  /** The same as `multiPhase`. */
  readonly multi_phase?: boolean;
  /** The phases in which it takes part. */
  readonly phases?: Readonly<Partial<Record<PhaseName, PhaseEntry>>>;
  /** The phase of a single-phase module. @default the module's own, or 'content' */
  readonly phase?: PhaseName;
  /** A smaller one runs first. @default 100 */
  readonly priority?: number;
  /** Patterns of the only paths for which it runs. @default the module's own, or every path */
  readonly routes?: readonly string[];
}

// oxlint-disable-next-line typescript/no-explicit-any -- modules of every state stand in one registry
type AnyModule = PluginModule<any>;

/** Entries by name; what they need is one of them, or comes along. */
export type RegistryEntries<Name extends string = string> = Readonly<
  Record<Name, RegistryEntry<NoInfer<Name> | StandardName>>
>;

/**
 * Entries for `registry.registerAll`, in which the compiler knows the names that needs may name.
 *
 * @example
 * const REGISTRY = defineRegistry({
 *   request_id: { module: requestId, phases: { access: { priority: 10 } } },
 *   audit: { module: './audit.js', phases: { access: { priority: 20 } }, after: 'request_id' },
 * });
 */
export function defineRegistry<const Name extends string>(
  entries: RegistryEntries<Name>,
): RegistryEntries<Name> {
  return entries;
}

/** A plugin as its entry and its module together make it. */
export interface Expanded {
  readonly parts: readonly CheckedMiddleware[];
  /** The object that has the hooks. */
  readonly hooks: UnitHooks;
  /** Phases that the module exports and the entry does not list. */
  readonly unlisted: readonly Phase[];
}

/** Loads the module of an entry, as `import()` does. */
export type LoadModule = (specifier: string) => Promise<unknown>;

/** The module itself, whichever way the entry gives it. */
export async function loadModule(
  { module }: RegistryEntry,
  load: LoadModule,
): Promise<PluginModule> {
  const loaded: unknown = await (typeof module === 'string'
    ? load(module)
    : typeof module === 'function'
      ? module()
      : module);
  const { default: inner } = (loaded ?? {}) as { readonly default?: unknown };
  return (typeof inner === 'object' && inner !== null ? inner : loaded) as PluginModule;
}

/**
 * Brings entry and module together.
 *
 * @throws MissingPhaseHandlerError if a listed phase is not exported, and the errors of `checkMiddleware`
 */
export function expandEntry(name: string, entry: RegistryEntry, module: PluginModule): Expanded {
  const multiPhase = entry.multiPhase ?? entry.multi_phase ?? entry.phases !== undefined;
  if (!multiPhase) {
    // The name comes first: everything that may be said of the rest needs it.
    const own = checkMiddleware(module, name);
    const phase = phaseOf(entry.phase ?? own.phase);
    return {
      hooks: module,
      parts: [placed(name, entry, { ...(module as MiddlewareInput), phase }, module)],
      unlisted: [],
    };
  }
  const listed = Object.keys(entry.phases ?? {}).map(phaseOf);
  if (!listed.length) {
    throw new InvalidConfigError(`Expected \`phases\` of ${name} to list at least one phase.`);
  }
  const exported = new Map(
    Object.entries(module ?? {}).flatMap(([key, part]) =>
      isPhase(key) ? [[phaseOf(key), part]] : [],
    ),
  ) as ReadonlyMap<Phase, MiddlewareInput>;
  const parts = listed.map((phase) => {
    const part = exported.get(phase);
    if (!part) throw new MissingPhaseHandlerError(phase);
    return placed(name, entry, { ...needsOf(module), ...part, phase }, part);
  });
  return {
    hooks: module,
    parts,
    unlisted: [...exported.keys()].filter((phase) => !listed.includes(phase)),
  };
}

/** A part with the registry's word on priority, state and routes. */
function placed(
  name: string,
  entry: RegistryEntry,
  part: MiddlewareInput,
  self: unknown,
): CheckedMiddleware {
  const phase = phaseOf(part.phase);
  const own = Object.entries(entry.phases ?? {}).find(([key]) => phaseOf(key) === phase)?.[1];
  const routes = entry.routes ?? part.routes;
  const checked = checkMiddleware(
    {
      handle:
        typeof part.handle === 'function' ? part.handle.bind(self as MiddlewareInput) : part.handle,
      phase,
      state: entry.state ?? 'active',
      priority: own?.priority ?? entry.priority ?? 100,
      ...(routes && { routes }),
      ...needsOf(part),
      ...needsOf(entry),
    },
    name,
  );
  return checked;
}
