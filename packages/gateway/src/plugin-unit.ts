/** What the handlers of one plugin have in common: it is initialised once, and closed once. */
import { type Awaitable, isThenable } from '@interpose/kernel';
import { InitFailedError } from './errors.ts';
import type { Logger } from './logger.ts';

/** A plugin as a whole. */
export interface Unit {
  readonly name: string;
  readonly init: (() => Awaitable<void>) | undefined;
  readonly close: (() => Awaitable<void>) | undefined;
  /** Whether it has been initialised and not been closed. */
  ready: boolean;
}

/** What a plugin may bring along beside its handlers. */
export type UnitHooks = Readonly<
  Partial<Record<'init' | 'close', (() => Awaitable<void>) | undefined>>
>;

/** The plugin that has these hooks. */
export function unitOf(name: string, hooks: UnitHooks): Unit {
  return {
    name,
    init: hooks.init?.bind(hooks),
    close: hooks.close?.bind(hooks),
    ready: false,
  };
}

/**
 * Initialises a plugin unless that has been done. Gives a promise only if the plugin does.
 *
 * @throws InitFailedError, or rejects with it
 */
export function initUnit(unit: Unit): Awaitable<void> {
  if (unit.ready) return undefined;
  const done = (): void => void (unit.ready = true);
  const fail = (error: unknown): never => {
    throw new InitFailedError(unit.name, error);
  };
  try {
    const pending = unit.init?.();
    return isThenable(pending) ? pending.then(done, fail) : done();
  } catch (error) {
    return fail(error);
  }
}

/** Initialises plugins one after the other; gives everything that failed. */
export async function initUnits(units: readonly Unit[]): Promise<Error[]> {
  const errors: Error[] = [];
  for (const unit of units) {
    try {
      await initUnit(unit);
    } catch (error) {
      errors.push(error as Error);
    }
  }
  return errors;
}

/** Closes plugins, the last one first. A failure of one keeps none of the others open. */
export async function closeUnits(units: readonly Unit[], logger: Logger): Promise<void> {
  for (const unit of units.toReversed()) {
    if (!unit.ready) continue;
    unit.ready = false;
    try {
      await unit.close?.();
    } catch (error) {
      logger.error({ message: `Middleware ${unit.name} failed to close: ${String(error)}` });
    }
  }
}
