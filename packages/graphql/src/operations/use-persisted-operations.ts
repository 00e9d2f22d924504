/** usePersistedOperations: persisted operations as a plugin of GraphQL Yoga. */
import { unexpected } from '@interpose/kernel/options';
import type { OperationParams } from './operation-params.ts';
import type { PersistedOperations } from './persisted-operations.ts';

/** What Yoga tells a plugin of the parameters of a request. */
export interface ParamsStart {
  readonly params: OperationParams;
  // oxlint-disable-next-line typescript/no-explicit-any -- Yoga takes its own parameters, which those of a request are
  setParams(params: any): void;
}

/** A plugin of GraphQL Yoga, as far as it is used here; it needs nothing of Yoga's. */
export interface PersistedOperationsPlugin {
  onParams(start: ParamsStart): Promise<void>;
  // oxlint-disable-next-line typescript/no-explicit-any -- the arguments of `execute`, with a context of whatever type
  onExecute(start: { readonly args: any }): void;
  // oxlint-disable-next-line typescript/no-explicit-any -- the same of `subscribe`
  onSubscribe(start: { readonly args: any }): void;
}

/**
 * Gives each request the text of the operation that it means. What a client sends to be remembered is remembered once it is valid.
 *
 * @throws TypeError for something else
 * @example
 * const yoga = createYoga({ schema, plugins: [usePersistedOperations(persistedOperations({ mode: 'automatic' }))] });
 */
export function usePersistedOperations(operations: PersistedOperations): PersistedOperationsPlugin {
  if (typeof operations?.resolve !== 'function') {
    throw unexpected('operations', 'what persistedOperations() gives', operations);
  }
  const waiting = new WeakMap<object, () => Promise<void>>();
  const found = ({ args }: { readonly args: unknown }): void => {
    const { contextValue } = args as { contextValue?: { params?: unknown } };
    const params = contextValue?.params;
    if (typeof params !== 'object' || params === null) return;
    const remember = waiting.get(params);
    waiting.delete(params);
    // Nobody waits for it, and it tells of its failures itself.
    void remember?.();
  };
  return {
    async onParams({ params, setParams }) {
      const { query, remember } = await operations.resolve(params);
      const full = { ...params, query };
      if (remember) waiting.set(full, remember);
      setParams(full);
    },
    onExecute: found,
    onSubscribe: found,
  };
}
