/** What checks throw: who calls is not known, or may not do this. */
import { CodedError } from '@interpose/kernel';

/** Nobody knows who calls. In HTTP a 401. */
export class UnauthenticatedError extends CodedError {
  static override readonly code: string = 'UNAUTHENTICATED';

  constructor(message = 'Authentication is required.', options?: ErrorOptions) {
    super(message, options);
  }
}

/** It is known who calls, and they may not do this. In HTTP a 403. */
export class ForbiddenError extends CodedError {
  static override readonly code: string = 'FORBIDDEN';
  /** The roles or permissions that were asked for. */
  readonly needed: readonly string[];

  constructor(needed: readonly string[] = [], options?: ErrorOptions) {
    super('You are not allowed to do this.', options);
    this.needed = needed;
  }
}
