/** Stock: what a pool has, and who waits for it. */
import type { Awaitable } from '@interpose/kernel';
import { BulkheadFullError, DisposedError } from '../errors.ts';
import { Claim } from './claim.ts';
import { IdleRow } from './idle-row.ts';
import { Lease } from './lease.ts';
import type { PoolSettings } from './pool-options.ts';

/** A resource in its place. */
export interface Slot<T> {
  readonly resource: T;
  /** While it is lent. */
  lease: Lease<T> | undefined;
}

/** Whether callers are let in. `draining`: those who wait are still served. */
export type Phase = 'open' | 'draining' | 'closed';

/** The resources of one pool. A place is taken before a resource is made for it, and free when one has been ended. */
export class Stock<T> {
  /** All but those that are being made or ended. */
  readonly slots: Map<T, Slot<T>> = new Map();
  /** Places that are taken. */
  size = 0;
  inUse = 0;
  created = 0;
  destroyed = 0;
  phase: Phase = 'open';
  readonly #create: () => Awaitable<T>;
  readonly #settings: PoolSettings<T>;
  readonly #idle: IdleRow<Slot<T>>;
  /** Who waits, also for one that is being made. */
  readonly #claims = new Set<Claim<T>>();
  /** Those of them for whom there is nothing yet, the first first. Then nothing is idle, and no place is free. */
  readonly #queue = new Set<Claim<T>>();
  readonly #whenEmpty: (() => void)[] = [];

  constructor(create: () => Awaitable<T>, settings: PoolSettings<T>) {
    this.#create = create;
    this.#settings = settings;
    const { clock, idleTimeoutMs } = settings;
    this.#idle = new IdleRow({ clock, idleTimeoutMs, expire: (slot) => this.#part(slot) });
  }

  get available(): number {
    return this.#idle.length;
  }

  get waiting(): number {
    return this.#queue.size;
  }

  /** Serves somebody as soon as may be. @throws BulkheadFullError if nobody more may wait */
  admit(): Claim<T> {
    const { name, maxSize, maxWaiting } = this.#settings;
    const mustWait = this.#idle.length === 0 && this.size >= maxSize;
    if (mustWait && this.#queue.size >= maxWaiting) {
      throw new BulkheadFullError(name, maxSize, maxWaiting);
    }
    const claim = new Claim<T>((settled) => {
      this.#claims.delete(settled);
      this.#queue.delete(settled);
    });
    this.#claims.add(claim);
    if (mustWait) {
      this.#queue.add(claim);
      claim.enqueue();
    } else this.#serve(claim, this.#idle.take());
    return claim;
  }

  /** Lets nobody in any more; resolves when nothing is left. `force` takes what is lent from its holders. */
  shut(phase: 'draining' | 'closed', force: boolean): Promise<void> {
    if (this.phase !== 'closed') this.phase = phase;
    if (this.phase === 'closed') {
      for (const claim of this.#claims) claim.fail(new DisposedError(this.#settings.name));
    }
    for (const slot of this.#idle.takeAll()) this.#part(slot);
    if (force) for (const slot of this.slots.values()) this.#revoke(slot);
    return new Promise((resolve) => {
      this.#whenEmpty.push(resolve);
      this.#tellIfEmpty();
    });
  }

  /** With a resource that may have grown bad, or with a place for a new one. */
  #serve(claim: Claim<T>, slot: Slot<T> | undefined): void {
    if (slot && !this.#settings.validate) return this.#grant(claim, slot);
    if (!slot) this.size++;
    claim.run(() => void this.#provide(claim, slot));
  }

  /** Looks for one that is good, or makes one. */
  async #provide(claim: Claim<T>, offered: Slot<T> | undefined): Promise<void> {
    for (let slot = offered; slot;) {
      if (await this.#isGood(slot)) return this.#hand(claim, slot);
      const ending = this.#end(slot);
      slot = claim.isSettled ? undefined : this.#idle.take();
      if (slot) void ending.then(() => this.#free());
      else await ending;
    }
    if (claim.isSettled) return this.#free();
    await this.#make(claim);
  }

  async #isGood({ resource }: Slot<T>): Promise<boolean> {
    try {
      return (await this.#settings.validate?.(resource)) ?? false;
    } catch (error) {
      this.#settings.onFailure(error);
      return false;
    }
  }

  async #make(claim: Claim<T>): Promise<void> {
    let slot: Slot<T>;
    try {
      const resource = await this.#create();
      if (this.slots.has(resource)) {
        throw new TypeError(`\`create\` gave "${this.#settings.name}" a resource that it has.`);
      }
      slot = { resource, lease: undefined };
    } catch (error) {
      this.#free();
      if (!claim.fail(error)) this.#settings.onFailure(error);
      return;
    }
    this.created++;
    this.slots.set(slot.resource, slot);
    this.#hand(claim, slot);
  }

  /** Whoever it was meant for may have left. */
  #hand(claim: Claim<T>, slot: Slot<T>): void {
    if (claim.isSettled) this.#putBack(slot);
    else this.#grant(claim, slot);
  }

  #grant(claim: Claim<T>, slot: Slot<T>): void {
    this.inUse++;
    slot.lease = new Lease(this.#settings.name, slot.resource, (broken) => {
      slot.lease = undefined;
      this.inUse--;
      if (broken) this.#part(slot);
      else this.#putBack(slot);
    });
    claim.succeed(slot.lease);
  }

  #putBack(slot: Slot<T>): void {
    const claim = this.#next();
    if (claim) this.#serve(claim, slot);
    else if (this.phase === 'open') this.#idle.put(slot);
    else this.#part(slot);
  }

  #next(): Claim<T> | undefined {
    const [claim] = this.#queue;
    if (claim) this.#queue.delete(claim);
    return claim;
  }

  #revoke(slot: Slot<T>): void {
    if (!slot.lease || slot.lease.isOver) return;
    slot.lease.revoke();
    this.inUse--;
    // It stays known until its holder gives it back.
    void this.#end(slot, true).then(() => this.#free());
  }

  #part(slot: Slot<T>): void {
    void this.#end(slot).then(() => this.#free());
  }

  async #end(slot: Slot<T>, stayKnown = false): Promise<void> {
    if (!stayKnown) this.slots.delete(slot.resource);
    try {
      await this.#settings.destroy?.(slot.resource);
    } catch (error) {
      this.#settings.onFailure(error);
    }
    this.destroyed++;
  }

  /** A place is free again. */
  #free(): void {
    this.size--;
    const claim = this.#next();
    if (claim) this.#serve(claim, undefined);
    this.#tellIfEmpty();
  }

  #tellIfEmpty(): void {
    if (this.phase !== 'open' && this.size === 0)
      for (const tell of this.#whenEmpty.splice(0)) tell();
  }
}
