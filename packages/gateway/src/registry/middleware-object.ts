/** The plain object that can be put to use as a plugin, for one phase, and the check that it is one. */
import type { Awaitable } from '@interpose/kernel';
import { InvalidPluginError, InvalidStateError } from '../errors.ts';
import type { GatewayContext } from '../context.ts';
import { watchLate } from './late-changes.ts';
import { type Phase, type PhaseName, phaseOf } from '../phases.ts';
import { type Needs, needsOf } from '../definition/plugin-needs.ts';
import type { UnitHooks } from './plugin-unit.ts';
import type { ChunkResult } from '../definition/plugin.ts';
import { parsePattern, type PathPattern } from '@interpose/http';

/** The states of a plugin. */
export const STATES = { ACTIVE: 'active', DISABLED: 'disabled' } as const;

/** Whether a plugin takes part. */
export type PluginState = (typeof STATES)[keyof typeof STATES];

/** A handler for one phase, with all that can be said of it. `this` in `handle` is the object itself. */
export interface MiddlewareInput<State extends object = Record<string, unknown>>
  extends Needs, UnitHooks {
  readonly name?: string;
  /** @default 'content' */
  readonly phase?: PhaseName;
  /** @default 'active' */
  readonly state?: PluginState;
  /** `state` in the form of a flag. */
  readonly enabled?: boolean;
  /** A smaller one runs first. @default 100 */
  readonly priority?: number;
  /** Patterns of the only paths for which it runs. @default every path */
  readonly routes?: readonly string[];
  handle(ctx: GatewayContext<State>, chunk: Uint8Array, isLast: boolean): Awaitable<ChunkResult>;
}

/** What is known of a middleware object once it has been checked. */
export interface CheckedMiddleware {
  readonly name: string;
  readonly phase: Phase;
  readonly state: PluginState;
  readonly priority: number;
  readonly patterns: readonly PathPattern[] | undefined;
  readonly needs: Needs | undefined;
  readonly handle: (...args: unknown[]) => Awaitable<unknown>;
}

/**
 * Checks a middleware object and fills in what it does not say. The object itself is left as it is.
 *
 * @throws InvalidPluginError, InvalidStateError or InvalidPhaseError
 */
export function checkMiddleware(input: unknown, name?: string): CheckedMiddleware {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    const type = input === null ? 'null' : Array.isArray(input) ? 'array' : typeof input;
    throw new InvalidPluginError(`Middleware must be a table, got: ${type}`);
  }
  const given = input as Partial<MiddlewareInput>;
  const ownName = name ?? given.name;
  if (typeof ownName !== 'string' || ownName === '') {
    throw new InvalidPluginError('Middleware name is required');
  }
  if (typeof given.handle !== 'function') {
    throw new InvalidPluginError('Middleware must have a handle function');
  }
  const phase = phaseOf(given.phase ?? 'content');
  const handle = given.handle.bind(input as MiddlewareInput) as CheckedMiddleware['handle'];
  return {
    name: ownName,
    phase,
    state: stateOf(given),
    priority: checkPriority(ownName, given.priority),
    patterns: given.routes?.length ? given.routes.map(parsePattern) : undefined,
    needs: given.after === undefined && given.before === undefined ? undefined : needsOf(given),
    handle: watchLate(ownName, phase, handle),
  };
}

/** @throws InvalidPluginError if it is no finite number */
export function checkPriority(name: string, priority = 100): number {
  if (typeof priority === 'number' && Number.isFinite(priority)) return priority;
  throw new InvalidPluginError(
    `Expected the priority of ${name} to be a number, got \`${String(priority)}\` (${typeof priority}).`,
  );
}

/** @throws InvalidStateError if there is no such state */
export function checkState(state: unknown): PluginState {
  if (state === STATES.ACTIVE || state === STATES.DISABLED) return state;
  throw new InvalidStateError(state);
}

function stateOf({ state, enabled }: Partial<MiddlewareInput>): PluginState {
  if (enabled !== undefined && typeof enabled !== 'boolean') {
    throw new InvalidPluginError(`Middleware enabled flag must be boolean, got: ${typeof enabled}`);
  }
  return checkState(state ?? (enabled === false ? STATES.DISABLED : STATES.ACTIVE));
}
