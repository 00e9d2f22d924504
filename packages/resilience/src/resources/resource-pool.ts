/** ResourcePool: lends a limited number of resources, each to one caller at a time. */
import type { Awaitable } from '@interpose/kernel';
import { checkNames, unexpected } from '@interpose/kernel/options';
import { DisposedError, QueueTimeoutError } from '../errors.ts';
import { throwIfAborted } from '../scope.ts';
import { untilEnd } from './end-of-call.ts';
import { DoubleReleaseError, ForeignResourceError } from './errors.ts';
import type { Lease } from './lease.ts';
import {
  checkEndlessMs,
  type PoolOptions,
  type PoolSettings,
  poolSettings,
} from './pool-options.ts';
import { Stock } from './stock.ts';
import { endOfWait, type WaitOptions } from './wait.ts';

/** How to ask for a resource. */
export interface AcquireOptions extends WaitOptions {
  /** How long to wait, in milliseconds. @default the pool's `acquireTimeoutMs` */
  readonly timeoutMs?: number;
}

/** The figures of a pool. */
export interface PoolState {
  /** How many resources there are, those being made or ended included. Never more than `maxSize`. */
  readonly size: number;
  /** How many lie idle. */
  readonly available: number;
  /** How many are lent. */
  readonly inUse: number;
  /** How many callers stand in the queue. */
  readonly waiting: number;
  /** How many have been made so far. */
  readonly created: number;
  /** How many have been ended so far. */
  readonly destroyed: number;
  /** True once nobody is let in any more. */
  readonly isClosed: boolean;
}

/**
 * Lends resources: an idle one, a new one while there may be more, or the next that is given back, to whoever waits
 * longest. The one given back last is lent first, so that those which are not needed grow old and go.
 *
 * @example
 * const connections = new ResourcePool(() => connect(url), { maxSize: 20, destroy: (one) => one.end() });
 * const rows = await connections.use((one) => one.query('select 1'));
 */
export class ResourcePool<T> {
  readonly #settings: PoolSettings<T>;
  readonly #stock: Stock<T>;

  /** @throws TypeError or RangeError for options out of range */
  constructor(create: () => Awaitable<T>, options: PoolOptions<T> = {}) {
    if (typeof create !== 'function') throw unexpected('create', 'a function', create);
    this.#settings = poolSettings(options);
    this.#stock = new Stock(create, this.#settings);
  }

  get name(): string {
    return this.#settings.name;
  }

  /**
   * A resource, to be given to `release` when it is needed no longer. `use` does that by itself.
   *
   * @throws what `create` throws; the reason of a caller who gave up; BulkheadFullError, QueueTimeoutError or DisposedError
   */
  async acquire(options: AcquireOptions = {}): Promise<T> {
    const lease = await this.lease(options);
    return lease.resource;
  }

  /** As `acquire`, but with the right to the resource in hand: once that is given back, it gives no resource any more. */
  async lease(options: AcquireOptions = {}): Promise<Lease<T>> {
    checkNames('acquire()', options, ['signal', 'within', 'timeoutMs']);
    const { name, clock, acquireTimeoutMs } = this.#settings;
    const timeoutMs = checkEndlessMs('timeoutMs', options.timeoutMs ?? acquireTimeoutMs);
    const end = endOfWait(options);
    throwIfAborted(end);
    if (this.#stock.phase !== 'open') throw new DisposedError(name);
    const claim = this.#stock.admit();
    const timeUp = (waitedMs: number): Error => new QueueTimeoutError(name, waitedMs);
    claim.limit({ clock, timeoutMs, timeUp, end });
    return claim.lease;
  }

  /** Takes a resource back; the caller who waits longest gets it. @throws DoubleReleaseError, ForeignResourceError */
  release(resource: T): void {
    this.#leaseOf(resource)?.release();
  }

  /** Takes a resource back that is broken: it is ended, and nobody gets it. @throws DoubleReleaseError, ForeignResourceError */
  discard(resource: T): void {
    this.#leaseOf(resource)?.discard();
  }

  /**
   * Calls a function with a resource, and takes it back when that has ended, however it ends. A result that is a stream ends
   * with the stream.
   *
   * @throws what the function throws, and all that `acquire` throws
   */
  async use<R>(act: (resource: T) => Awaitable<R>, options: AcquireOptions = {}): Promise<R> {
    const lease = await this.lease(options);
    return borrow(lease, endOfWait(options), () => act(lease.resource));
  }

  /** Lets nobody in any more, serves those who wait, and ends what is given back. Resolves when nothing is left. */
  drain(): Promise<void> {
    return this.#stock.shut('draining', false);
  }

  /**
   * Lets nobody in any more, and sends away those who wait. What is lent is ended when it is given back; with `force` at once.
   * Resolves when nothing is left.
   */
  async close(options: { /** @default false */ readonly force?: boolean } = {}): Promise<void> {
    checkNames('close()', options, ['force']);
    await this.#stock.shut('closed', options.force ?? false);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** The figures of now. */
  state(): PoolState {
    const { size, available, inUse, waiting, created, destroyed, phase } = this.#stock;
    return { size, available, inUse, waiting, created, destroyed, isClosed: phase !== 'open' };
  }

  #leaseOf(resource: T): Lease<T> {
    const slot = this.#stock.slots.get(resource);
    if (!slot) throw new ForeignResourceError(this.name);
    if (!slot.lease) throw new DoubleReleaseError(this.name);
    return slot.lease;
  }
}

/**
 * Runs something with what is lent, then gives it back. It is held until the work has really ended, though the caller may have
 * left; what a stream holds that its caller left open is in nobody knows what state, and goes.
 */
export function borrow<T, R>(lease: Lease<T>, end: unknown, act: () => R): R {
  return untilEnd(end, act, (abandoned) => {
    if (lease.isOver) return undefined;
    if (abandoned) lease.discard();
    else lease.release();
    return undefined;
  });
}
