/** Options of a pool, checked and with their defaults. */
import type { Awaitable, Clock } from '@interpose/kernel';
import { systemClock } from '@interpose/kernel/clock';
import { checkMs, checkNames, checkWhole, unexpected } from '@interpose/kernel/options';
import { unharmed } from '@interpose/kernel/unharmed';
import { checkFunction } from '../policy.ts';

/** Options of a `ResourcePool`. */
export interface PoolOptions<T> {
  /** Names it in errors. @default 'pool' */
  readonly name?: string;
  /** How many resources there may be at once; one that is being made or ended counts. @default 10 */
  readonly maxSize?: number;
  /** How many callers may wait. @default 1000 */
  readonly maxWaiting?: number;
  /** Says whether a resource that has been used before is still good; one that is not, or cannot be asked, is replaced. @default all are */
  readonly validate?: (resource: NoInfer<T>) => Awaitable<boolean>;
  /** Ends a resource. Its place is free again when that is done. @default nothing is done */
  readonly destroy?: (resource: NoInfer<T>) => Awaitable<unknown>;
  /** How long a resource may lie idle until it is ended, in milliseconds. @default Infinity */
  readonly idleTimeoutMs?: number;
  /** How long a caller may wait for a resource, in milliseconds, the making included. @default Infinity */
  readonly acquireTimeoutMs?: number;
  /** Is given what nobody waits for: what `destroy` and `validate` throw, and `create` for a caller who has left. @default writes to the console */
  readonly onFailure?: (error: unknown) => void;
  /** Tells the time. @default systemClock */
  readonly clock?: Clock;
}

/** Options in force. */
export interface PoolSettings<T> {
  readonly name: string;
  readonly maxSize: number;
  readonly maxWaiting: number;
  readonly validate: ((resource: T) => Awaitable<boolean>) | undefined;
  readonly destroy: ((resource: T) => Awaitable<unknown>) | undefined;
  readonly idleTimeoutMs: number;
  readonly acquireTimeoutMs: number;
  readonly onFailure: (error: unknown) => void;
  readonly clock: Clock;
}

/** @throws TypeError or RangeError for options out of range */
export function poolSettings<T>(options: PoolOptions<T>): PoolSettings<T> {
  checkNames('new ResourcePool()', options, NAMES);
  const { name = 'pool', validate, destroy, onFailure } = options;
  if (typeof name !== 'string' || name === '') throw unexpected('name', 'a name', name);
  checkFunction('validate', validate);
  checkFunction('destroy', destroy);
  checkFunction('onFailure', onFailure);
  return {
    name,
    maxSize: checkWhole('maxSize', options.maxSize ?? 10, 1),
    maxWaiting: checkWhole('maxWaiting', options.maxWaiting ?? 1000),
    validate,
    destroy,
    idleTimeoutMs: checkEndlessMs('idleTimeoutMs', options.idleTimeoutMs),
    acquireTimeoutMs: checkEndlessMs('acquireTimeoutMs', options.acquireTimeoutMs),
    onFailure: (error) =>
      unharmed(() => {
        if (!onFailure) throw error;
        return onFailure(error) as unknown;
      }),
    clock: options.clock ?? systemClock,
  };
}

/** A duration that may be without end, which is its default. */
export function checkEndlessMs(name: string, value: number = Infinity): number {
  return value === Infinity ? value : checkMs(name, value);
}

const NAMES = [
  'name',
  'maxSize',
  'maxWaiting',
  'validate',
  'destroy',
  'idleTimeoutMs',
  'acquireTimeoutMs',
  'onFailure',
  'clock',
];
