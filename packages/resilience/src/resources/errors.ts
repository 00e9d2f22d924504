/** What can be done wrong with what was lent from a pool. */
import { CodedError } from '@interpose/kernel';

/** A resource was used after it had been given back. */
export class ResourceReleasedError extends CodedError {
  static override readonly code: string = 'RESOURCE_RELEASED';
  /** The name of the pool. */
  readonly pool: string;

  constructor(pool: string) {
    super(`The resource has been given back to "${pool}" and may be in other hands; ask again.`);
    this.pool = pool;
  }
}

/** A resource was given back a second time. */
export class DoubleReleaseError extends CodedError {
  static override readonly code: string = 'DOUBLE_RELEASE';
  /** The name of the pool. */
  readonly pool: string;

  constructor(pool: string) {
    super(`The resource has been given back to "${pool}" already; give it back once.`);
    this.pool = pool;
  }
}

/** Something was given to a pool that does not come from it, or that it has parted with. */
export class ForeignResourceError extends CodedError {
  static override readonly code: string = 'FOREIGN_RESOURCE';
  /** The name of the pool. */
  readonly pool: string;

  constructor(pool: string) {
    super(`The resource is none of "${pool}"; give it back to the pool that it comes from.`);
    this.pool = pool;
  }
}
