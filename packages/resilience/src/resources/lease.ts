/** Lease: one caller's right to a resource of a pool, until it is given back. */
import { DoubleReleaseError, ResourceReleasedError } from './errors.ts';

/** How a lease tells its pool that it is over. */
export type GiveBack = (broken: boolean) => void;

/** A resource on loan. */
export class Lease<T> {
  readonly #pool: string;
  readonly #resource: T;
  #giveBack: GiveBack | undefined;
  #isRevoked = false;

  /** Leases come from `ResourcePool.lease()`. */
  constructor(pool: string, resource: T, giveBack: GiveBack) {
    this.#pool = pool;
    this.#resource = resource;
    this.#giveBack = giveBack;
  }

  /** True once it has been given back. */
  get isOver(): boolean {
    return this.#giveBack === undefined;
  }

  /** The resource. @throws ResourceReleasedError once it has been given back */
  get resource(): T {
    if (this.isOver) throw new ResourceReleasedError(this.#pool);
    return this.#resource;
  }

  /** Gives the resource back; the next caller may have it. @throws DoubleReleaseError if that has been done */
  release(): void {
    this.#end(false);
  }

  /** Gives it back as broken: it is ended, and nobody gets it. @throws DoubleReleaseError if it has been given back */
  discard(): void {
    this.#end(true);
  }

  /** Gives it back, unless that has been done. */
  [Symbol.dispose](): void {
    if (!this.isOver) this.release();
  }

  /** Takes it from its holder, who may still give it back once. */
  revoke(): void {
    this.#giveBack = undefined;
    this.#isRevoked = true;
  }

  #end(broken: boolean): void {
    const giveBack = this.#giveBack;
    if (this.#isRevoked) {
      this.#isRevoked = false;
      return;
    }
    if (!giveBack) throw new DoubleReleaseError(this.#pool);
    this.#giveBack = undefined;
    giveBack(broken);
  }
}
