/** What the handlers of one plugin have in common: it is initialised once, and closed once. */
import { type Awaitable, isThenable } from '@interpose/kernel';
import { InitFailedError } from '../errors.ts';
import type { Logger } from '../logger.ts';

/** A plugin as a whole. */
export interface Unit {
  readonly name: string;
  readonly hooks: Readonly<Required<UnitHooks>>;
  /** Whether it has been initialised and not been closed. */
  ready: boolean;
}

/** A worker: one thread or process of those that serve requests side by side. */
export interface Worker {
  /** Counts from 0; the first one is there always. */
  readonly id: number;
}

/** What a plugin may bring along beside its handlers: hooks of the start and the end, in the order in which they are called. */
export interface UnitHooks {
  /** Called once before the first request, if the plugin is active. A failure keeps the gateway from starting. */
  init?(): Awaitable<void>;
  /** Called in each worker after `init`, before the first request. A failure keeps the gateway from starting. */
  initWorker?(worker: Worker): Awaitable<void>;
  /** Called in each worker when it takes no more requests. */
  closeWorker?(worker: Worker): Awaitable<void>;
  /** Called once when the gateway has closed. */
  close?(): Awaitable<void>;
}

const nothing = (): void => {};

/** The plugin that has these hooks. */
export function unitOf(name: string, hooks: UnitHooks): Unit {
  return {
    name,
    hooks: {
      init: hooks.init?.bind(hooks) ?? nothing,
      initWorker: hooks.initWorker?.bind(hooks) ?? nothing,
      closeWorker: hooks.closeWorker?.bind(hooks) ?? nothing,
      close: hooks.close?.bind(hooks) ?? nothing,
    },
    ready: false,
  };
}

/**
 * Initialises a plugin unless that has been done. Gives a promise only if the plugin does.
 *
 * @throws InitFailedError, or rejects with it
 */
export function initUnit(unit: Unit, worker: Worker): Awaitable<void> {
  if (unit.ready) return undefined;
  const done = (): void => void (unit.ready = true);
  const fail = (error: unknown): never => {
    throw new InitFailedError(unit.name, error);
  };
  const { hooks } = unit;
  const inWorker = (): Awaitable<void> => {
    const pending = hooks.initWorker(worker);
    return isThenable(pending) ? pending.then(done) : done();
  };
  try {
    const pending = hooks.init();
    const whole = isThenable(pending) ? pending.then(inWorker) : inWorker();
    return isThenable(whole) ? whole.then(undefined, fail) : undefined;
  } catch (error) {
    return fail(error);
  }
}

/** Initialises plugins one after the other; gives everything that failed. */
export async function initUnits(units: readonly Unit[], worker: Worker): Promise<Error[]> {
  const errors: Error[] = [];
  for (const unit of units) {
    try {
      await initUnit(unit, worker);
    } catch (error) {
      errors.push(error as Error);
    }
  }
  return errors;
}

/** Closes plugins, the last one first. A failure of one keeps none of the others open. */
export async function closeUnits(
  units: readonly Unit[],
  { worker, logger }: { readonly worker: Worker; readonly logger: Logger },
): Promise<void> {
  for (const unit of units.toReversed()) {
    if (!unit.ready) continue;
    unit.ready = false;
    const { hooks } = unit;
    for (const close of [() => hooks.closeWorker(worker), hooks.close]) {
      try {
        await close();
      } catch (error) {
        logger.error({ message: `Middleware ${unit.name} failed to close: ${String(error)}` });
      }
    }
  }
}
